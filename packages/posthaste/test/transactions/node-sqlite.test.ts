import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll } from 'vitest'
import { type AppDatabase, openApp } from '../support/app-database.ts'
import { describeDatabase } from '../support/databases.ts'
import { conformance, openQueues, type Queues } from './conformance.ts'
import { begun } from './library.ts'
import { questions } from './questions.ts'

// Apart from the other libraries, which open their files with better-sqlite3.
describeDatabase('sqlite', 'transactions', (kind, fresh) => {
  let queues: Queues
  let app: AppDatabase
  let url: string

  beforeAll(async () => {
    url = (await fresh()).url
    queues = await openQueues(url)
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await queues.close()
  })

  conformance('node:sqlite', {
    async connect() {
      const database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 60_000 })
      const run = async (sql: string) => database.prepare(sql).all()
      return {
        outside: database,
        transaction: (work) => begun(database, work, run, 'begin immediate'),
        run: (_, sql) => run(sql),
        close: async () => database.close(),
      }
    },
    queues: () => queues,
    orders: () => app.orders(),
    question: questions.sqlite,
  })
})
