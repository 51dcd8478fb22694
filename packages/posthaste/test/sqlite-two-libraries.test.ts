import { DatabaseSync } from 'node:sqlite'
import BetterSqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { describeDatabase } from './support/databases.ts'

const libraries = {
  'better-sqlite3': (file: string) => new BetterSqlite(file),
  'node:sqlite': (file: string) => new DatabaseSync(file),
}
const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }

// Two copies of SQLite in one process remove each other's logs: https://www.sqlite.org/howtocorrupt.html, section 2.2.1.
describeDatabase('sqlite', 'the queue beside an app', (_, fresh) => {
  for (const [name, open] of Object.entries(libraries))
    test(`that opens and closes the file with ${name} loses no committed mail`, async () => {
      const { url } = await fresh()
      const file = url.slice('sqlite:'.length)
      await using mail = createMailQueue({ database: url, delivery: 'capture' })
      const ids = [(await mail.enqueue(letter)).id]
      for (let round = 0; round < 5; round++) {
        const app = open(file)
        app.exec('begin immediate')
        ids.push((await mail.enqueueIn(app, letter)).id)
        app.exec('commit')
        ids.push((await mail.enqueue(letter)).id)
        app.close()
        ids.push((await mail.enqueue(letter)).id)
      }
      expect((await mail.find({ state: 'queued' })).items.map(({ id }) => id).sort()).toEqual(ids.sort())
      await mail.close()
      const after = open(file)
      expect(after.prepare('select count(*) as mails from posthaste_delivery').get()).toMatchObject({
        mails: ids.length,
      })
      expect(after.prepare('pragma integrity_check').get()).toMatchObject({ integrity_check: 'ok' })
      after.close()
    })
})
