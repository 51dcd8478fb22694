import { createConnection } from 'mysql2/promise'
import { expect, test, vi } from 'vitest'
import type { Database } from '../src/connections/database.ts'
import { openDatabase } from '../src/connections/open.ts'
import { createMailQueue } from '../src/index.ts'
import { engineFor } from '../src/store/engine-for.ts'
import { migrate } from '../src/store/migrate.ts'
import { migrations } from '../src/store/migrations.ts'
import { openApp } from './support/app-database.ts'
import { describeDatabase } from './support/databases.ts'
import { letter } from './support/line.ts'
import { noon } from './support/store.ts'

const change = 'alter table posthaste_mail add column made_up integer'

const later = [
  ...migrations,
  { version: 2, name: 'made-up', fingerprint: 'made up', statements: () => [change] },
]

for (const kind of ['mysql', 'mariadb'] as const)
  describeDatabase(kind, 'a change of a table that the transaction of an app uses', (_kind, fresh) => {
    test('keeps no enqueue of that transaction waiting, and is done when it ends', async () => {
      await using at = await begun()
      const changer = await createConnection(at.url)
      const changing = changer.query(change)
      await waiting(at.database, 1)
      await at.mail.enqueueIn(at.app.tx, letter('second@example.com'))
      await at.app.commit()
      await changing
      await changer.end()
      expect(await at.mail.count({ state: 'queued' })).toBe(2)
    })

    test('does not hide that it ended before a mail was stored in it', async (context) => {
      context.skip(kind !== 'mysql', 'MariaDB looks without waiting, so that nothing can come between')
      await using at = await begun()
      const [reader, changer] = [await createConnection(at.url), await createConnection(at.url)]
      await reader.query('begin')
      await reader.query('select count(*) from posthaste_mail')
      const changing = changer.query(change)
      await waiting(at.database, 1)
      const forgotten = at.mail.enqueueIn(at.app.tx, letter('second@example.com'))
      const refused = expect(forgotten).rejects.toMatchObject({ code: 'PH_TRANSACTION_ENDED' })
      await waiting(at.database, 2)
      await at.app.commit()
      await refused
      await reader.query('commit')
      await changing
      await Promise.all([reader.end(), changer.end()])
      expect(await at.mail.count({ state: 'queued' })).toBe(1)
    })

    test('gives way to the others while it waits, and is tried again', async () => {
      await using at = await begun()
      const migrating = migrate(at.database, engineFor(at.database), noon, later)
      await waiting(at.database, 1)
      await at.mail.enqueue(letter('another@example.com'))
      await at.app.commit()
      expect(await migrating).toEqual(['0002-made-up'])
      expect(await at.mail.count({ state: 'queued' })).toBe(2)
    })

    test('is given up in time, with a word on what to do, and leaves the session as it was', async () => {
      await using at = await begun()
      const engine = engineFor(at.database)
      const impatient = { ...engine, tableWait: engine.tableWait && { ...engine.tableWait, tries: 1 } }
      await at.database.transaction(async (tx) => {
        const session = { ...at.database, transaction: <T>(work: (on: typeof tx) => Promise<T>) => work(tx) }
        const before = await tx.query('select @@session.lock_wait_timeout as seconds')
        await expect(migrate(session, impatient, noon, later)).rejects.toMatchObject({
          code: 'PH_DATABASE_BUSY',
          message: expect.stringContaining('0002-made-up'),
        })
        expect(await tx.query('select @@session.lock_wait_timeout as seconds')).toEqual(before)
      })
      await at.app.commit()
      expect(await migrate(at.database, impatient, noon, later)).toEqual(['0002-made-up'])
    })

    /** An app whose open transaction has enqueued a mail. */
    async function begun() {
      const { url } = await fresh()
      const mail = createMailQueue({ database: url })
      await mail.migrate()
      const [database, app] = [await openDatabase(url), await openApp(kind, url)]
      await app.begin()
      await app.order('first')
      await mail.enqueueIn(app.tx, letter('first@example.com'))
      const close = () => Promise.all([mail.close(), app.close(), database.close()])
      return { url, mail, app, database, [Symbol.asyncDispose]: async () => void (await close()) }
    }
  })

async function waiting(database: Database, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const { rows } = await database.query('show processlist')
    const here = rows.filter(
      ({ db, State }) => db === database.schemaName && /metadata lock/.test(String(State)),
    )
    expect(here).toHaveLength(count)
  })
}
