import type { Worker } from '../../queue/mail-queue.ts'
import { UsageError } from '../report.ts'
import { catchSignals } from '../signals.ts'
import type { Call } from '../using-queue.ts'
import { printEvents } from './print-events.ts'
import { howToWork, refuseWithoutOnce, type WorkFlags } from './run-once.ts'

/** Works until a signal; the exit code is 0 when everything under way was finished and settled. */
export async function runWorker(call: Call<WorkFlags>): Promise<number> {
  const { queue, out, options } = call
  refuseWithoutOnce(options)
  const signals = catchSignals(out)
  const worker = queue.worker(howToWork(options))
  const totals = printEvents(worker, out, options)
  const http = options.http === undefined ? undefined : await serveHttp(call, worker)
  try {
    signals.second.addEventListener('abort', () => leaveAtOnce(worker))
    out.note(`working on ${options.stream?.join(', ') ?? 'every stream'}; Ctrl-C stops`)
    await worker.run(signals.first)
    out.line(
      { event: 'stopped', ...totals },
      `stopped: sent ${totals.sent}, deferred ${totals.deferred}, failed ${totals.failed}`,
    )
    return signals.second.aborted ? 1 : 0
  } finally {
    await http?.close()
    signals.release()
  }
}

/** What is cut off is settled as deferred or unknown where the database answers at once; else its lease ends and others take it over. */
function leaveAtOnce(worker: Worker): void {
  setTimeout(() => process.exit(1), 1_000).unref()
  worker.stopNow().catch(() => process.exit(1))
}

/** Serves the worker's state; the server's code is loaded only here. */
async function serveHttp(
  { queue, out, options: { http = '' } }: Call<WorkFlags>,
  worker: Worker,
): Promise<{ close(): Promise<void> }> {
  const address = addressOf(http)
  const { serveMonitor } = await import('../../http/serve.ts')
  const { url, close } = await serveMonitor({ queue, worker }, address)
  out.note(`serving ${url}/live, /ready, /health and /metrics`)
  return { close }
}

function addressOf(text: string): { host: string; port: number } {
  const [, host, port] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535)
    throw new UsageError(`--http ${text}: it is not an address such as :9464 or 0.0.0.0:9464`)
  return { host: host?.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1', port: Number(port) }
}
