import { setTimeout as sleep } from 'node:timers/promises'
import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import type { DatabaseKind } from '../../packages/posthaste/test/support/databases/kinds.ts'
import type { Bench } from '../bench.ts'
import type { Line } from '../report.ts'
import { letter, percentile } from '../support.ts'
import { startWorker } from '../worker-process.ts'

/** From the app's commit to the sink's acceptance, the queue idle, the worker in another process. */
export async function latency(bench: Bench): Promise<Line[]> {
  const postgres = await waits(bench, 'postgres')
  const sqlite = await waits(bench, 'sqlite')
  return [
    {
      what: 'commit → accepted, idle queue, PostgreSQL, separate worker, p50',
      value: percentile(postgres, 0.5),
      unit: 'ms',
      target: { atMost: 5 },
    },
    { what: 'the same, p99', value: percentile(postgres, 0.99), unit: 'ms', target: { atMost: 25 } },
    {
      what: 'commit → accepted, idle queue, SQLite, separate worker, p99',
      value: percentile(sqlite, 0.99),
      unit: 'ms',
      target: { atMost: 60 },
    },
  ]
}

async function waits({ sink, servers, mails }: Bench, kind: DatabaseKind): Promise<number[]> {
  const database = await servers.fresh(kind)
  const mail = createMailQueue({ database })
  await mail.migrate()
  const worker = await startWorker({ database, transports: { default: sink.url } }, {})
  const samples = Math.min(100, Math.ceil(mails / 20))
  const found: number[] = []
  // The first mails open connections and prepare statements: they are not counted.
  for (let i = -5; i < samples; i++) {
    // Every twentieth after a pause in which the worker falls asleep, the others while it is still alert.
    await sleep(i % 20 === 0 ? 1_500 : 20 + Math.random() * 60)
    const wait = await acceptedAfter(sink, async () => void (await mail.enqueue(letter(`l${i}@example.com`))))
    if (i >= 0) found.push(wait)
  }
  await worker.end()
  await mail.close()
  return found
}

async function acceptedAfter(sink: Bench['sink'], enqueue: () => Promise<void>): Promise<number> {
  const accepted = sink.next()
  await enqueue()
  const committed = performance.timeOrigin + performance.now()
  return Math.max(0, (await accepted) - committed)
}
