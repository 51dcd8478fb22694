import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { letter, pool, ratios } from '../support.ts'

/** Processor time of our process for a mail's whole way, one enqueue each and its delivery, beside Nodemailer sending it directly. */
export async function cost(bench: Bench): Promise<Line[]> {
  const ours: number[] = []
  const direct: number[] = []
  for (let round = 0; round < bench.rounds; round++) {
    direct.push(await directly(bench))
    ours.push(await queued(bench))
  }
  return [
    lineOf('processor time of Nodemailer sending a mail directly', direct, { unit: 'ms' }),
    lineOf('processor time of enqueue and delivery ÷ that, PostgreSQL', ratios(ours, direct), {
      unit: '×',
      target: { atMost: 1.6 },
    }),
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

async function queued({ sink, servers, mails }: Bench): Promise<number> {
  const mail = createMailQueue({
    database: await servers.fresh('postgres'),
    transports: { default: { url: sink.url, maxConnections: 10, maxMessages: 1_000_000 } },
  })
  await mail.migrate()
  await mail.stats()
  const ms = await processorTime(mails, async () => {
    let next = 0
    const enqueue = async () => {
      while (next < mails) await mail.enqueue(letter(`c${next++}@example.com`))
    }
    await Promise.all(Array.from({ length: 6 }, enqueue))
    await mail.deliverDue({ concurrency: 10 })
  })
  await mail.close()
  return ms
}

async function processorTime(count: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const used = process.cpuUsage(before)
  return (used.user + used.system) / 1_000 / count
}
