import BetterSqlite from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { describeDatabase } from '../support/databases.ts'

const letter = (subject: string) => ({ from: 'shop@example.com', to: 'ada@example.com', subject, text: 'Hi' })

describeDatabase('sqlite', 'a transaction of Drizzle on better-sqlite3', (_, fresh) => {
  test('stores prepared mail with its data, loses it with a savepoint or a rollback, and refuses the database itself', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    const client = new BetterSqlite(url.slice('sqlite:'.length))
    const db = drizzle(client)
    db.run(sql`create table app_order (id text primary key)`)
    const names = ['kept', 'in a savepoint', 'undone'] as const
    const [kept, inner, undone] = await Promise.all(names.map((name) => mail.prepare(letter(name))))
    if (!kept || !inner || !undone) throw new Error('prepare gave nothing')

    db.transaction((tx) => {
      tx.run(sql`insert into app_order values ('kept')`)
      mail.enqueueSync(tx, kept)
      expect(() =>
        tx.transaction((nested) => {
          mail.enqueueSync(nested, inner)
          nested.rollback()
        }),
      ).toThrow('Rollback')
    })
    expect(() =>
      db.transaction((tx) => {
        mail.enqueueSync(tx, undone)
        throw new RangeError('of the app')
      }),
    ).toThrow(RangeError)
    expect(() => mail.enqueueSync(db as object, kept)).toThrow(
      expect.objectContaining({ code: 'PH_POOL_AS_TRANSACTION' }),
    )

    expect((await mail.find({ state: 'queued' })).items.map(({ subject }) => subject)).toEqual(['kept'])
    expect(db.all(sql`select id from app_order`)).toEqual([{ id: 'kept' }])
    client.close()
  })
})
