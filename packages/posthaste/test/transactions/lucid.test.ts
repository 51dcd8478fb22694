import knex, { type Knex } from 'knex'
import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { describeDatabase } from '../support/databases.ts'
import { Undo, undone } from './library.ts'

const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }

// Only the shape: Lucid itself brings half of AdonisJS. With Lucid 22 it was tried by hand.
describeDatabase('sqlite', "Lucid's transaction client", (_, fresh) => {
  test('is its Knex transaction, and a query client is refused', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    const db = knex({
      client: 'better-sqlite3',
      connection: { filename: url.slice('sqlite:'.length) },
      useNullAsDefault: true,
    })
    const { id } = await db.transaction((trx) => mail.enqueueIn(clientOf(trx), letter))
    await undone(
      db.transaction(async (trx: Knex.Transaction) => {
        await mail.enqueueIn(clientOf(trx), letter)
        throw new Undo()
      }),
    )
    await expect(mail.enqueueIn(queryClient, letter)).rejects.toMatchObject({
      code: 'PH_POOL_AS_TRANSACTION',
    })
    expect((await mail.find({ state: 'queued' })).items.map((one) => one.id)).toEqual([id])
    await db.destroy()
  })
})

const queryClient: object = { rawQuery() {}, insertQuery() {}, transaction() {} }
const clientOf = (trx: object): object => ({ ...queryClient, knexClient: trx })
