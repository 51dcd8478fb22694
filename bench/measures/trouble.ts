import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { letter } from '../support.ts'
import { turning } from '../turns.ts'
import { startWorker } from '../worker-process.ts'
import { sideBySide } from './depth.ts'

/** What goes wrong in production, and what it costs: a queue full of mail for later, or of retries, a forgotten transaction, more who enqueue than who deliver. */
export async function trouble(bench: Bench): Promise<Line[]> {
  return [
    ...(await scheduled(bench)),
    ...(await retries(bench)),
    ...(await pinned(bench)),
    ...(await crowd(bench)),
  ]
}

/** Nine of ten have failed once and wait; the tenth is due. */
async function retries({ servers, quick, long }: Bench): Promise<Line[]> {
  const due = quick ? 500 : long ? 100_000 : 10_000
  const without = await turning(servers, { queued: due, scheduled: 0 })
  const among = await turning(servers, { queued: due, scheduled: 9 * due })
  await among.change(
    `update posthaste.delivery set attempts = 1, lane = lane | 1 where due_at > ${Date.now()}`,
  )
  const { ratio } = await sideBySide(among, without, quick)
  return [
    lineOf(`claim rate of ${due} due among ${9 * due} that wait to retry ÷ without them`, ratio, {
      unit: '×',
      target: { atLeast: 0.9 },
    }),
  ]
}

/** Mail for next week, with an earlier place in the table than what is due. */
async function scheduled({ servers, quick }: Bench): Promise<Line[]> {
  const [due, later] = quick ? [500, 1_000] : [10_000, 1_000_000]
  const without = await turning(servers, { queued: due, scheduled: 0 })
  const behind = await turning(servers, { queued: due, scheduled: later })
  const { ratio } = await sideBySide(behind, without, quick)
  return [
    lineOf(`claim rate of ${due} due behind ${later} scheduled ÷ without them`, ratio, {
      unit: '×',
      target: { atLeast: 0.9 },
    }),
  ]
}

/** A transaction that somebody left open: PostgreSQL may remove no row version that is younger. */
async function pinned({ servers, quick, long }: Bench): Promise<Line[]> {
  const deliveries = quick ? 1_000 : long ? 200_000 : 20_000
  const queue = await turning(servers, { queued: Math.ceil(deliveries * 1.3), scheduled: 0 })
  const turns = deliveries / 200
  const warm = await queue.turns(turns)
  const forgotten = new Client({ connectionString: queue.url })
  await forgotten.connect()
  await forgotten.query('begin isolation level repeatable read')
  await forgotten.query('select count(*) from posthaste.suppression')
  const rates: number[] = []
  for (let tenth = 0; tenth < 10; tenth++) rates.push(await queue.turns(turns))
  // A connection tells its counts when it ends.
  await queue.close()
  const dead = await deadRows(forgotten)
  await forgotten.end()
  const last = rates.at(-1) ?? Number.NaN
  const what = `a transaction left open, after ${deliveries} deliveries`
  return [
    { what: `${what}: time to claim and settle 20`, value: 1_000 / last, unit: 'ms' },
    { what: `${what}: that ÷ before it began`, value: warm / last, unit: '×' },
    { what: `${what}: dead rows among the deliveries`, value: dead, unit: 'rows' },
  ]
}

async function deadRows(client: Client): Promise<number> {
  await client.query('rollback')
  for (let tries = 0; ; tries++) {
    const { rows } = await client.query(
      "select n_dead_tup::int as dead from pg_stat_user_tables where schemaname = 'posthaste' and relname = 'delivery'",
    )
    if (rows[0]?.dead > 0 || tries === 30) return rows[0]?.dead
    await sleep(100)
  }
}

/** Ten who enqueue, one mail each after the other, beside four worker processes. */
async function crowd({ sink, servers, mails, long }: Bench): Promise<Line[]> {
  const database = await servers.fresh('postgres')
  const mail = createMailQueue({ database })
  await mail.migrate()
  const config = {
    database,
    transports: { default: { url: sink.url, maxConnections: 10, maxMessages: 1_000_000 } },
  }
  const workers = await Promise.all(Array.from({ length: 4 }, () => startWorker(config, { concurrency: 10 })))
  const total = long ? mails * 10 : mails
  const before = await sink.count()
  const began = performance.now()
  let next = 0
  const enqueue = async () => {
    while (next < total) await mail.enqueue(letter(`c${next++}@example.com`))
  }
  await Promise.all(Array.from({ length: 10 }, enqueue))
  const enqueued = performance.now()
  const received = async () => (await sink.count()) - before
  for (let waited = 0; waited < 6_000 && (await received()) < total; waited++) await sleep(10)
  const delivered = performance.now()
  // What came twice would come within the worker's next turns.
  await sleep(200)
  const came = await received()
  await Promise.all(workers.map((worker) => worker.end()))
  await mail.close()
  const what = `10 enqueue ${total} beside 4 workers`
  return [
    { what: `${what}: enqueued`, value: (total * 1_000) / (enqueued - began), unit: 'mails/s' },
    { what: `${what}: delivered`, value: (total * 1_000) / (delivered - began), unit: 'mails/s' },
    {
      what: `${what}: lost, or sent twice`,
      value: Math.abs(total - came),
      unit: 'mails',
      target: { atMost: 0 },
    },
  ]
}
