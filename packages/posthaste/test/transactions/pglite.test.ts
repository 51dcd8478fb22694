import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { isWanted } from '../support/databases.ts'
import { until } from '../support/wait.ts'
import { conformance, openQueues, type Queues } from './conformance.ts'
import { drizzleLibrary } from './drizzle.ts'
import { questions } from './questions.ts'

const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }

// One instance for all: making one takes seconds.
describe.skipIf(!isWanted('postgres'))("PGlite, which is the app's database and the queue's", () => {
  let pglite: PGlite
  let queues: Queues

  beforeAll(async () => {
    pglite = await PGlite.create()
    await pglite.exec('create table app_order (id varchar(60) primary key)')
    await expect(createMailQueue({ database: pglite }).enqueue(letter)).rejects.toMatchObject({
      code: 'PH_NOT_MIGRATED',
    })
    queues = await openQueues(pglite)
  }, 240_000)

  afterAll(async () => {
    await queues.close()
    await pglite.close()
  })

  const orders = async () => {
    const { rows } = await pglite.query<{ id: string }>('select id from app_order order by id')
    return rows.map(({ id }) => id)
  }

  const rest = { queues: () => queues, orders, question: questions.postgres }
  conformance('PGlite', {
    connect: async () => ({
      outside: pglite,
      transaction: (work) => pglite.transaction((tx) => work(tx)),
      run: (tx, sql) => (tx as PGlite).query(sql),
      close: async () => {},
    }),
    ...rest,
  })

  conformance('Drizzle on PGlite', {
    connect: async () => drizzleLibrary(drizzle({ client: pglite }) as never, async () => {}),
    ...rest,
  })

  test('has a worker that an enqueue wakes', async () => {
    const worker = queues.mail.worker()
    await worker.start()
    const { id } = await pglite.transaction((tx) => queues.mail.enqueueIn(tx, letter))
    await until(async () => (await queues.mail.get(id))?.state === 'sent')
    await worker.stop()
  })

  test('is not waited for where a transaction is the first that a queue sees', async () => {
    await using fresh = createMailQueue({ database: pglite, transports: { default: queues.smtp.url } })
    const { id } = await pglite.transaction((tx) => fresh.enqueueIn(tx, letter))
    expect((await fresh.get(id))?.state).toBe('queued')
    await using elsewhere = createMailQueue({ database: pglite, schema: 'elsewhere' })
    await pglite.transaction(async (tx) => {
      await expect(elsewhere.enqueueIn(tx, letter)).rejects.toMatchObject({ code: 'PH_NOT_MIGRATED' })
      await tx.query("insert into app_order values ('went on')")
    })
    expect(await orders()).toContain('went on')
  })
})
