import type { Worker } from '../../worker/worker.ts'
import type { Call } from '../using-queue.ts'
import { WrongCall } from '../wrong-call.ts'
import type { WorkFlags } from './work-flags.ts'

/** Serves the worker's state; the server's code is loaded only here. */
export async function serveHttp(
  { inside, queue, out, options: { http = '' } }: Call<WorkFlags>,
  worker: Worker,
): Promise<{ close(): Promise<void> }> {
  const address = addressOf(http)
  const { serveMonitor } = await import('../../http/serve.ts')
  const { url, close } = await serveMonitor({ queue, inside, worker }, address)
  out.note(`serving ${url}/live, /ready, /health and /metrics`)
  return { close }
}

function addressOf(text: string): { host: string; port: number } {
  const [, host, port] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535)
    throw new WrongCall(`--http ${text}: it is not an address such as :9464 or 0.0.0.0:9464`)
  return { host: host?.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1', port: Number(port) }
}
