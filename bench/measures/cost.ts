import { Client } from 'pg'
import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { letter, pool, ratios } from '../support.ts'

/** Processor time of our process for a mail's whole way, one enqueue each and its delivery, beside Nodemailer sending it directly. */
export async function cost(bench: Bench): Promise<Line[]> {
  const ours: number[] = []
  const direct: number[] = []
  const log: number[] = []
  const kept: number[] = []
  for (let round = 0; round < bench.rounds; round++) {
    direct.push(await directly(bench))
    const whole = await queued(bench)
    ours.push(whole.ms)
    log.push(whole.log)
    kept.push(whole.kept)
  }
  return [
    lineOf('processor time of Nodemailer sending a mail directly', direct, { unit: 'ms' }),
    lineOf('processor time of enqueue and delivery ÷ that, PostgreSQL', ratios(ours, direct), {
      unit: '×',
      target: { atMost: 1.6 },
    }),
    lineOf("PostgreSQL's write-ahead log for a mail's whole way", log, { unit: 'KB' }),
    lineOf('what it keeps of a mail that was sent: content, history, indexes', kept, { unit: 'KB' }),
  ]
}

async function directly({ sink, mails }: Bench): Promise<number> {
  const transporter = pool(sink, 10)
  const ms = await processorTime(mails, async () => {
    let next = 0
    const send = async () => {
      while (next < mails) await transporter.sendMail(letter(`c${next++}@example.com`))
    }
    await Promise.all(Array.from({ length: 20 }, send))
  })
  transporter.close()
  return ms
}

async function queued({ sink, servers, mails }: Bench): Promise<{ ms: number; log: number; kept: number }> {
  const database = await servers.fresh('postgres')
  const mail = createMailQueue({
    database,
    transports: { default: { url: sink.url, maxConnections: 10, maxMessages: 1_000_000 } },
  })
  await mail.migrate()
  await mail.stats()
  const before = await written(database)
  const ms = await processorTime(mails, async () => {
    let next = 0
    const enqueue = async () => {
      while (next < mails) await mail.enqueue(letter(`c${next++}@example.com`))
    }
    await Promise.all(Array.from({ length: 6 }, enqueue))
    await mail.deliverDue({ concurrency: 10 })
  })
  const after = await written(database)
  await mail.close()
  const kilobytes = (bytes: number) => bytes / 1_024 / mails
  return { ms, log: kilobytes(after.log - before.log), kept: kilobytes(after.size - before.size) }
}

async function written(url: string): Promise<{ log: number; size: number }> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(
    "select pg_current_wal_lsn() - '0/0' as log, pg_database_size(current_database()) as size",
  )
  await client.end()
  return { log: Number(rows[0]?.log), size: Number(rows[0]?.size) }
}

async function processorTime(count: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const used = process.cpuUsage(before)
  return (used.user + used.system) / 1_000 / count
}
