import type { Worker } from '../../worker/worker.ts'
import { catchSignals } from '../signals.ts'
import type { Call } from '../using-queue.ts'
import { serveHttp } from './http.ts'
import { refuseWithoutOnce } from './run-once.ts'
import { tellEvents } from './tell-events.ts'
import { howToWork, type WorkFlags } from './work-flags.ts'

/** Works until a signal; the exit code is 0 when everything under way was finished and settled. */
export async function runWorker(call: Call<WorkFlags>): Promise<number> {
  const { queue, out, options } = call
  refuseWithoutOnce(options)
  const signals = catchSignals(out)
  const worker = queue.worker(howToWork(options))
  const totals = tellEvents(worker, out, options)
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
