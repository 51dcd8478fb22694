import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { letter, ratios } from '../support.ts'
import { turning } from '../turns.ts'
import { told } from '../worker-process.ts'

const megabyte = 2 ** 20

/** The resident set of a process of its own: a worker before a deep queue, and an attachment's way in and out. */
export async function memory(bench: Bench): Promise<Line[]> {
  const depth = bench.quick ? 1_000 : 1_000_000
  // What a process holds differs by two in a hundred from run to run: one round tells.
  const [empty, deep] = [[await highest(bench, 0)], [await highest(bench, depth)]]
  return [
    lineOf(`memory of a worker that sends ${sending(bench.quick)}, an empty queue behind them`, empty, {
      unit: 'MB',
    }),
    lineOf(`memory of a worker with ${depth} queued behind them ÷ that`, ratios(deep, empty), {
      unit: '×',
      target: { atMost: 1.2 },
    }),
    ...(await attachment(bench)),
  ]
}

async function highest({ sink, servers, quick }: Bench, behind: number): Promise<number> {
  const queue = await turning(servers, { queued: behind, scheduled: 0 })
  await queue.close()
  const mail = createMailQueue({ database: queue.url, render: 'deliver' })
  const count = sending(quick)
  await mail.enqueueMany(
    Array.from({ length: count }, (_, i) => ({
      mail: letter(`c${i}@example.com`),
      priority: 'high' as const,
    })),
  )
  await mail.close()
  const config = { database: queue.url, transports: { default: sink.url } }
  return (await told(support('queue-memory-process.ts'), [config, count])).highest as number
}

const sending = (quick: boolean) => (quick ? 40 : 200)

async function attachment({ sink, servers, quick }: Bench): Promise<Line[]> {
  const size = quick ? 5 : 100
  const database = await servers.fresh('postgres')
  const mail = createMailQueue({ database })
  await mail.migrate()
  await mail.close()
  const config = { database, attachments: { maxSize: 200 * megabyte }, transports: { default: sink.url } }
  const sizes = [3 * megabyte, size * megabyte]
  const enqueued = await told(new URL('../enqueue-memory.ts', import.meta.url), [config, sizes])
  const delivered = await told(support('memory-process.ts'), [config, enqueued.ids])
  const { more } = delivered.measured as { more: number }
  const line = (what: string, value: number): Line => ({ what, value, unit: 'MB', target: { atMost: 64 } })
  return [
    line(`more memory for an attachment of ${size} MB, enqueued from a stream`, Number(enqueued.more)),
    line(`more memory for an attachment of ${size} MB, delivered`, more),
  ]
}

function support(file: string): URL {
  return new URL(`../../packages/posthaste/test/support/${file}`, import.meta.url)
}
