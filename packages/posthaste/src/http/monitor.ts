import { Hono } from 'hono'
import { isPosthasteError } from '../errors.ts'
import { maskAddresses } from '../foreign.ts'
import { brakeProblem } from '../queue/brakes.ts'
import type { MailQueue, Worker } from '../queue/mail-queue.ts'
import { countEvents, metricsText } from './metrics.ts'

export interface Monitored {
  readonly queue: MailQueue
  readonly worker: Worker
}

/** What orchestrators and Prometheus ask of a worker. Nothing here names an address or a subject. */
export function createMonitor({ queue, worker }: Monitored): Hono {
  const counts = countEvents(worker)
  const read = async () => ({ stats: await queue.stats(), health: await queue.health() })
  return new Hono()
    .get('/live', (context) => context.json({ live: true }))
    .get('/ready', async (context) => {
      const reason = await whyNotReady(queue)
      return reason === undefined
        ? context.json({ ready: true })
        : context.json({ ready: false, reason }, 503)
    })
    .get('/health', async (context) => {
      const health = await queue.health().catch(codeOf)
      if (typeof health === 'string') return context.json({ healthy: false, problems: [health] }, 503)
      return context.json(withoutAddresses(health), health.healthy ? 200 : 503)
    })
    .get('/metrics', async (context) => {
      const seen = await read().catch(() => undefined)
      const text = metricsText({ ...seen, counts })
      return context.body(text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    })
}

/** Asks each time: a database that was there may have gone. A brake on one tenant, stream or sender is no reason to hold up a release. */
async function whyNotReady(queue: MailQueue): Promise<string | undefined> {
  try {
    await queue.verify()
    const all = (await queue.transports.list()).flatMap((transport) => transport.brakes)
    const brakes = all.filter(({ scope }) => scope === 'transport')
    return brakes.length > 0 ? maskAddresses(brakes.map(brakeProblem).join('; ')) : undefined
  } catch (error) {
    return codeOf(error)
  }
}

/** What a server said stands in it, and a server's reply may name the recipient. */
function withoutAddresses(health: object): object {
  const masked = (_: string, value: unknown) => (typeof value === 'string' ? maskAddresses(value) : value)
  return JSON.parse(JSON.stringify(health), masked)
}

function codeOf(error: unknown): string {
  return isPosthasteError(error) ? error.code : 'the database gave an error'
}
