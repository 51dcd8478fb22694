import MailComposer from 'nodemailer/lib/mail-composer'
import { Pool } from 'pg'
import { createMailQueue } from '../../packages/posthaste/src/index.ts'
import type { Bench } from '../bench.ts'
import { type Line, lineOf } from '../report.ts'
import { letter, rate, ratios } from '../support.ts'

/** One mail per transaction of the app, ten at a time, beside one INSERT of the same bytes; and many at once beside composing alone. */
export async function enqueue(bench: Bench): Promise<Line[]> {
  const database = await bench.servers.fresh('postgres')
  const pool = new Pool({ connectionString: database, max: 10 })
  await pool.query(
    'create table plain (id bigint generated always as identity primary key, bytes bytea not null)',
  )
  const queues = {
    deliver: createMailQueue({ database, render: 'deliver' }),
    enqueue: createMailQueue({ database }),
  }
  await queues.deliver.migrate()
  await Promise.all(Object.values(queues).map((queue) => queue.stats()))
  const bytes = await compose()
  const many = Math.ceil(bench.mails / 4)
  const rates = {
    insert: [] as number[],
    deliver: [] as number[],
    enqueue: [] as number[],
    many: [] as number[],
    composing: [] as number[],
  }
  for (let round = 0; round < bench.rounds; round++) {
    rates.insert.push(
      await transactions(
        pool,
        bench.mails,
        async (client) => void (await client.query('insert into plain (bytes) values ($1)', [bytes])),
      ),
    )
    for (const render of ['deliver', 'enqueue'] as const)
      rates[render].push(
        await transactions(
          pool,
          bench.mails,
          async (client, i) => void (await queues[render].enqueueIn(client, letter(`c${i}@example.com`))),
        ),
      )
    rates.composing.push(
      await rate(many, async () => {
        for (let i = 0; i < many; i++) await compose()
      }),
    )
    rates.many.push(
      await rate(
        many,
        async () =>
          void (await queues.enqueue.enqueueMany(
            Array.from({ length: many }, (_, i) => ({ mail: letter(`m${i}@example.com`) })),
          )),
      ),
    )
  }
  await Promise.all(Object.values(queues).map((queue) => queue.close()))
  await pool.end()
  return [
    lineOf('BEGIN, one INSERT of the same bytes, COMMIT, 10 at a time', rates.insert, { unit: '/s' }),
    lineOf("enqueue one per transaction, 'deliver' ÷ that", ratios(rates.deliver, rates.insert), {
      unit: '×',
      target: { atLeast: 0.45 },
    }),
    lineOf("enqueue one per transaction, 'enqueue' ÷ that", ratios(rates.enqueue, rates.insert), {
      unit: '×',
      target: { atLeast: 0.32 },
    }),
    lineOf(`Nodemailer composing ${many}, nothing stored`, rates.composing, { unit: '/s' }),
    lineOf(`enqueueMany of ${many} ÷ that`, ratios(rates.many, rates.composing), {
      unit: '×',
      target: { atLeast: 0.8 },
    }),
  ]
}

function compose(): Promise<Buffer> {
  return new MailComposer(letter('c@example.com')).compile().build()
}

async function transactions(
  pool: Pool,
  count: number,
  work: (client: import('pg').PoolClient, i: number) => Promise<void>,
): Promise<number> {
  let next = 0
  const run = async () => {
    while (next < count) {
      const i = next++
      const client = await pool.connect()
      await client.query('begin')
      await work(client, i)
      await client.query('commit')
      client.release()
    }
  }
  return rate(count, async () => void (await Promise.all(Array.from({ length: 10 }, run))))
}
