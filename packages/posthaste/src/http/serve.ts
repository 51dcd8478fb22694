import { serve } from '@hono/node-server'
import { createMonitor, type Monitored } from './monitor.ts'

/** Serves the monitor until it is closed. Rejects when the address is taken. */
export async function serveMonitor(
  monitored: Monitored,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const server = serve({ fetch: createMonitor(monitored).fetch, hostname: host, port })
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
