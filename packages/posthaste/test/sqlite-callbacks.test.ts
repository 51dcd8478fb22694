import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Sequelize } from 'sequelize'
import { expect, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { describeDatabase } from './support/databases.ts'
import { sqlite3Calls } from './support/sqlite3-calls.ts'

const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }
const refused = { code: 'PH_SQLITE_LIBRARY' }

// Its library is `sqlite3`, which has its own copy of SQLite: see docs/decisions/0016-the-apps-own-sqlite.md.
describeDatabase('sqlite', 'beside an app on sqlite3 the queue', (_, fresh) => {
  test('enqueues in its transactions, and opens nothing itself', async () => {
    const { url } = await fresh()
    await using before = createMailQueue({ database: url, delivery: 'capture' })
    await before.enqueue(letter)
    const app = new Sequelize({
      dialect: 'sqlite',
      storage: url.slice('sqlite:'.length),
      dialectModule: loadSqlite3(),
      logging: false,
    })
    const mails = async () => (await app.query('select id from posthaste_mail'))[0].length

    await app.transaction((t) => expect(before.enqueueIn(t, letter)).rejects.toMatchObject(refused))
    await expect(before.enqueue(letter)).rejects.toMatchObject(refused)
    expect(await mails()).toBe(1)

    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    await app.transaction((t) => mail.enqueueIn(t, letter))
    await expect(mail.deliverDue()).rejects.toMatchObject(refused)
    expect(await mails()).toBe(2)
    await app.close()
  })
})

/** As `require('sqlite3')` does: a module that lies where that package lies. */
function loadSqlite3(): object {
  const folder = join(mkdtempSync(join(tmpdir(), 'posthaste-')), 'node_modules/sqlite3/lib')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'sqlite3.js'), '')
  const module = createRequire(import.meta.url)(join(folder, 'sqlite3.js')) as object
  return Object.assign(
    module,
    sqlite3Calls((file) => new DatabaseSync(file)),
  )
}
