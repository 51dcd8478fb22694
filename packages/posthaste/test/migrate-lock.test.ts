import { expect, onTestFinished, test } from 'vitest'
import type { Database } from '../src/connections/database.ts'
import { openDatabase } from '../src/connections/open.ts'
import { engineFor } from '../src/store/engine-for.ts'
import { migrate } from '../src/store/migrate.ts'
import { describeEachDatabase, engineOf } from './support/databases.ts'
import { noon } from './support/store.ts'

const allTitles = ['0001-initial']

/** As the queue has it. */
const engineIn = (database: Database) => engineFor(database, { database: database.schemaName })

describeEachDatabase('migrations of several processes', (kind, fresh) => {
  async function using<T>(work: (database: Database, url: string) => Promise<T>): Promise<T> {
    const { url } = await fresh()
    const database = await openDatabase(url)
    try {
      return await work(database, url)
    } finally {
      await database.close()
    }
  }

  test('may be run by four processes at once', () =>
    using(async (database, url) => {
      const all = await Promise.all([database, ...[1, 2, 3].map(() => openDatabase(url))])
      const applied = await Promise.all(all.map((one) => migrate(one, engineFor(one), noon)))
      expect(applied.flat()).toEqual(allTitles)
      await Promise.all(all.slice(1).map((one) => one.close()))
    }))

  test('let the next one look when what they did is committed', async (context) => {
    context.skip(engineOf(kind) !== 'mysql', 'elsewhere the lock ends with the transaction')
    await using(async (database, url) => {
      const other = await openDatabase(url)
      onTestFinished(() => other.close())
      const next: string[][] = []
      const first: Database = {
        ...database,
        transaction: (work) =>
          database.transaction(async (tx) => {
            const value = await work(tx)
            next.push(await migrate(other, engineFor(other), noon))
            return value
          }),
      }
      expect(await migrate(first, engineFor(first), noon)).toEqual(allTitles)
      expect(next).toEqual([[]])
    })
  })

  test('of one database do not wait for those of another one on the same server', () =>
    using((database) =>
      using(async (other) => {
        const { migrationLock } = engineIn(database)
        await database.transaction(async (tx) => {
          if (migrationLock) await tx.query(migrationLock.lock)
          expect(await migrate(other, engineIn(other), noon)).toEqual(allTitles)
        })
      }),
    ))

  test('are for a database of the longest name, too', async (context) => {
    context.skip(engineOf(kind) !== 'mysql', 'only MySQL and MariaDB name locks after databases')
    await using(async (database, url) => {
      const name = `${database.schemaName}_`.padEnd(64, 'long')
      await database.query(`create database ${name}`)
      const long = await openDatabase(Object.assign(new URL(url), { pathname: `/${name}` }).href)
      expect(await migrate(long, engineIn(long), noon)).toEqual(allTitles)
      await long.close()
      await database.query(`drop database ${name}`)
    })
  })
})
