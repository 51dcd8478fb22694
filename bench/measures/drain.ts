import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import { type DatabaseKind, databaseKinds } from '../../packages/posthaste/test/support/databases/kinds.ts'
import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { counted, letter, pool, rate, ratios } from '../support.ts'

/** Drain of a full queue beside Nodemailer sending the same mail directly, in interleaved rounds. */
export async function drain(bench: Bench): Promise<Line[]> {
  const rates: Record<string, number[]> = {}
  const note = (name: string, rate: number) => {
    rates[name] ??= []
    rates[name].push(rate)
  }
  for (let round = 0; round < bench.rounds; round++)
    for (const connections of [10, 40]) {
      note(`direct ${connections}`, await direct(bench, connections))
      for (const kind of databaseKinds)
        note(`${kind} ${connections}`, await drained(bench, kind, connections))
    }
  const best = (name: string) =>
    (rates[`${name} 10`] ?? []).map((rate, round) => Math.max(rate, rates[`${name} 40`]?.[round] ?? 0))
  const directBest = best('direct')
  return [
    ...Object.entries(rates).map(([name, values]) =>
      lineOf(`drain, ${name} connections`, values, { unit: 'mails/s' }),
    ),
    lineOf(
      'drain, PostgreSQL ÷ Nodemailer direct, each at its best up to 40',
      ratios(best('postgres'), directBest),
      { unit: '×', target: { atLeast: 3 } },
    ),
    lineOf(
      'drain, PostgreSQL ÷ Nodemailer direct, both at 10',
      ratios(rates['postgres 10'] ?? [], rates['direct 10'] ?? []),
      { unit: '×', target: { atLeast: 2.3 } },
    ),
    lineOf(
      'drain, MariaDB ÷ Nodemailer direct, each at its best up to 40',
      ratios(best('mariadb'), directBest),
      { unit: '×', target: { atLeast: 2 } },
    ),
    lineOf('drain, MySQL ÷ Nodemailer direct, each at its best up to 40', ratios(best('mysql'), directBest), {
      unit: '×',
      target: { atLeast: 2 },
    }),
    lineOf(
      'drain, SQLite ÷ Nodemailer direct, each at its best up to 40',
      ratios(best('sqlite'), directBest),
      { unit: '×', target: { atLeast: 2.4 } },
    ),
  ]
}

async function direct({ sink, mails }: Bench, connections: number): Promise<number> {
  const transporter = pool(sink, connections)
  const before = await sink.count()
  let next = 0
  const send = async () => {
    while (next < mails) await transporter.sendMail(letter(`c${next++}@example.com`))
  }
  const sent = await rate(mails, () => Promise.all(Array.from({ length: connections * 2 }, send)))
  transporter.close()
  await counted(sink, before + mails)
  return sent
}

async function drained(
  { sink, mails, servers }: Bench,
  kind: DatabaseKind,
  connections: number,
): Promise<number> {
  const mail = createMailQueue({
    database: await servers.fresh(kind),
    transports: { default: { url: sink.url, maxConnections: connections, maxMessages: 1_000_000 } },
  })
  await mail.migrate()
  await mail.enqueueMany(Array.from({ length: mails }, (_, i) => ({ mail: letter(`c${i}@example.com`) })))
  const before = await sink.count()
  const drained = await rate(mails, () => mail.deliverDue({ concurrency: connections }))
  await mail.close()
  await counted(sink, before + mails)
  return drained
}
