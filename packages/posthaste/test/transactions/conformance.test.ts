import { afterAll, beforeAll } from 'vitest'
import { type AppDatabase, openApp, openBetterSqliteApp } from '../support/app-database.ts'
import { databaseKinds, describeDatabase, engineOf } from '../support/databases.ts'
import { conformance, openQueues, type Queues } from './conformance.ts'
import { librariesOn } from './libraries.ts'
import { questions } from './questions.ts'

// One database for all libraries: making and dropping one costs more than the tests of a library.
for (const kind of databaseKinds)
  describeDatabase(kind, 'transactions', (_, fresh) => {
    let queues: Queues
    let app: AppDatabase
    let url: string

    beforeAll(async () => {
      url = (await fresh()).url
      queues = await openQueues(url)
      app = await (kind === 'sqlite' ? openBetterSqliteApp(url) : openApp(kind, url))
    })

    afterAll(async () => {
      await app.close()
      await queues.close()
    })

    for (const { name, connect } of librariesOn(kind))
      conformance(name, {
        connect: () => connect(url),
        queues: () => queues,
        orders: () => app.orders(),
        question: questions[engineOf(kind)],
      })
  })
