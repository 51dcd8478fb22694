import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { describeDatabase } from './support/databases.ts'

/** As pg 9 will be: it refuses a statement while another is under way, which pg 8 queues. */
class StrictClient extends pg.Client {
  override query: pg.Client['query'] = (...args: unknown[]) => {
    if (Reflect.get(this, '_activeQuery')) throw new Error('a statement is under way already')
    return Reflect.apply(pg.Client.prototype.query, this, args)
  }
}

const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Side', text: 'by side' }
const attachments = [{ filename: 'a.bin', content: Buffer.alloc(600_000, 'side') }]

describeDatabase('postgres', 'enqueues side by side in one transaction', (_, fresh) => {
  let url: string
  let mail: MailQueue<'default'>
  let other: MailQueue<'default'>

  beforeAll(async () => {
    url = (await fresh()).url
    mail = createMailQueue({ database: url, delivery: 'capture' })
    other = createMailQueue({ database: url, delivery: 'capture', schema: 'other' })
    await mail.migrate()
    await other.migrate()
  })
  afterAll(() => Promise.all([mail.close(), other.close()]))

  const pool = () => new pg.Pool({ connectionString: url, max: 2, Client: StrictClient })
  const libraries: Record<string, (work: (tx: object) => Promise<unknown>) => Promise<void>> = {
    async pg(work) {
      const clients = pool()
      const client = await clients.connect()
      await client.query('begin')
      await work(client)
      await client.query('commit')
      client.release()
      await clients.end()
    },
    async Kysely(work) {
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool() }) })
      await db.transaction().execute(work)
      await db.destroy()
    },
    async Drizzle(work) {
      const clients = pool()
      await drizzle(clients).transaction(async (tx) => void (await work(tx)))
      await clients.end()
    },
    async Knex(work) {
      const db = knex({ client: 'pg', connection: url })
      await db.transaction(async (trx) => void (await work(trx)))
      await db.destroy()
    },
  }

  test.each(Object.keys(libraries))(
    'send one statement after the other with %s, and all are stored',
    async (name) => {
      const tags = [name]
      for (const round of ['first', 'later'])
        await libraries[name]?.(async (tx) => {
          await Promise.all([
            mail.enqueueIn(tx, letter, { tags }),
            mail.enqueueIn(tx, letter, { tags }),
            mail.enqueueIn(tx, letter, { tags, idempotencyKey: `${name} ${round}` }),
            mail.enqueueIn(tx, { ...letter, attachments }, { tags }),
            mail.enqueueManyIn(
              tx,
              Array.from({ length: 25 }, () => ({ mail: letter, tags })),
              { chunk: 10 },
            ),
            other.enqueueIn(tx, letter, { tags }),
            Promise.resolve().then(() => mail.enqueueIn(tx, letter, { tags })),
            Promise.resolve().then(() => Promise.resolve().then(() => mail.enqueueIn(tx, letter, { tags }))),
          ])
        })
      expect((await mail.find({ tag: name }, { limit: 100 })).items).toHaveLength(62)
      expect((await other.find({ tag: name })).items).toHaveLength(2)
    },
  )

  test('of which one is refused leave the others alone', async () => {
    const client = new StrictClient({ connectionString: url })
    await client.connect()
    await mail.enqueue(letter, { idempotencyKey: 'taken' })
    await client.query('begin')
    const outcomes = await Promise.allSettled([
      mail.enqueueIn(client, letter, { tags: ['kept'] }),
      mail.enqueueIn(client, { ...letter, to: 'other@example.com' }, { idempotencyKey: 'taken' }),
      mail.enqueueIn(client, letter, { tags: ['kept'] }),
    ])
    await client.query('commit')
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((await mail.find({ tag: 'kept' })).items).toHaveLength(2)
    await client.end()
  })
})
