import { DatabaseSync } from 'node:sqlite'
import BetterSqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { describeDatabase } from './support/databases.ts'

const message = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Handle', text: 'a mail' }

describe.each(['node:sqlite', 'better-sqlite3'] as const)('a synchronous transaction of %s', (driver) => {
  describeDatabase('sqlite', 'enqueueSync', (_, fresh) => {
    test('stores before it returns, with everything that the other path has', async () => {
      const { url } = await fresh()
      const file = url.slice('sqlite:'.length)
      await using mail = createMailQueue({ database: url, delivery: 'capture' })
      await mail.suppressions.add('gone@example.com')
      const db = open(driver, file)
      const attachments = [{ filename: 'a.bin', content: Buffer.alloc(5_000_000, 'x') }]
      const large = await mail.prepare(
        { ...message, attachments },
        { tags: ['a'], idempotencyKey: 'k', priority: 'high' },
      )
      const again = await mail.prepare({ ...message, attachments }, { idempotencyKey: 'k' })
      const different = await mail.prepare(message, { idempotencyKey: 'k', onConflict: 'refuse' })
      const suppressed = await mail.prepare({ ...message, to: 'gone@example.com' })
      const undone = await mail.prepare(message)

      db.exec('begin immediate')
      expect(mail.enqueueSync(db, large)).toMatchObject({ id: large.id, status: 'queued' })
      expect(mail.enqueueSync(db, again)).toMatchObject({ id: large.id, status: 'duplicate' })
      expect(() => mail.enqueueSync(db, different)).toThrow(
        expect.objectContaining({ code: 'PH_IDEMPOTENCY_CONFLICT' }),
      )
      expect(mail.enqueueSync(db, suppressed)).toMatchObject({
        status: 'suppressed',
        suppressed: ['gone@example.com'],
      })
      db.exec('savepoint app')
      mail.enqueueSync(db, undone)
      db.exec('rollback to app')
      db.exec('commit')

      expect(await mail.get(large.id)).toMatchObject({ state: 'queued', tags: ['a'], priority: 'high' })
      expect(await mail.get(suppressed.id)).toMatchObject({ state: 'suppressed' })
      expect(await mail.get(different.id)).toBeUndefined()
      expect(await mail.get(undone.id)).toBeUndefined()
      expect(() => mail.enqueueSync(db, undone)).toThrow(
        expect.objectContaining({ code: 'PH_NO_TRANSACTION' }),
      )
      expect(() => mail.enqueueSync(db, message as never)).toThrow(
        expect.objectContaining({ code: 'PH_ASYNC_IN_SYNC' }),
      )
      expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
      db.close()
    })

    test('makes the tables, and makes them again when they were rolled back', async () => {
      const { url } = await fresh()
      await using mail = createMailQueue({ database: url })
      await using second = createMailQueue({ database: url, prefix: 'second_' })
      const db = open(driver, url.slice('sqlite:'.length))
      db.exec('begin immediate')
      const lost = mail.enqueueIn(db, message)
      const alsoLost = mail.enqueueIn(db, message)
      db.exec('rollback')
      await Promise.all([lost, alsoLost])
      db.exec('begin immediate')
      const kept = mail.enqueueIn(db, message)
      const other = second.enqueueIn(db, message)
      db.exec('commit')
      expect(await mail.get((await kept).id)).toMatchObject({ state: 'queued' })
      expect(await mail.get((await lost).id)).toBeUndefined()
      expect(await second.get((await other).id)).toMatchObject({ state: 'queued' })
      db.close()
    })

    test('stores many at once, in the turn of the transaction', async () => {
      const { url } = await fresh()
      await using mail = createMailQueue({ database: url })
      const db = open(driver, url.slice('sqlite:'.length))
      db.exec('begin immediate')
      const storing = mail.enqueueManyIn(
        db,
        Array.from({ length: 250 }, () => ({ mail: message })),
      )
      db.exec('commit')
      expect(await storing).toMatchObject({ queued: 250 })
      expect((await mail.stats()).streams[0]).toMatchObject({ due: 250 })
      expect(db.prepare("select * from posthaste_meta where name like 'hold%'").all()).toEqual([])
      db.close()
    })

    test('tells a lock of another writer, and a snapshot that is too old', async () => {
      const { url } = await fresh()
      await using mail = createMailQueue({ database: url })
      await mail.migrate()
      const [db, other] = [
        open(driver, url.slice('sqlite:'.length)),
        open(driver, url.slice('sqlite:'.length)),
      ]
      other.exec('create table app (id integer)')
      const prepared = await mail.prepare(message)
      other.exec('begin immediate')
      db.exec('begin')
      expect(() => mail.enqueueSync(db, prepared)).toThrow(
        expect.objectContaining({ code: 'PH_DATABASE_BUSY' }),
      )
      db.exec('rollback')
      other.exec('commit')
      db.exec('begin')
      db.prepare('select * from app').all()
      other.exec('insert into app values (1)')
      expect(() => mail.enqueueSync(db, prepared)).toThrow(
        expect.objectContaining({ code: 'PH_SERIALIZATION' }),
      )
      db.exec('rollback')
      db.close()
      other.close()
    })
  })
})

function open(driver: 'node:sqlite' | 'better-sqlite3', file: string): DatabaseSync | BetterSqlite.Database {
  return driver === 'node:sqlite'
    ? new DatabaseSync(file, { timeout: 10 })
    : new BetterSqlite(file, { timeout: 10 })
}
