import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { describeEachDatabase, type EngineName, engineOf, freshDatabase } from './support/databases.ts'

describeEachDatabase('the test databases', (kind, fresh) => {
  test('are real and new, and do not see each other', async () => {
    const [one, other] = await Promise.all([fresh(), fresh()])
    await queries[engineOf(kind)](one.url, 'create table letters (body text)')
    await queries[engineOf(kind)](one.url, "insert into letters values ('haste, post, haste')")
    expect(await queries[engineOf(kind)](one.url, 'select body from letters')).toEqual([
      { body: 'haste, post, haste' },
    ])
    await expect(queries[engineOf(kind)](other.url, 'select body from letters')).rejects.toThrow(/letters/)
  })

  test('are gone once dropped', async () => {
    const database = await freshDatabase(kind)
    await database.drop()
    await database.drop()
    if (kind === 'sqlite') expect(existsSync(dirname(database.url.slice('sqlite:'.length)))).toBe(false)
    else
      await expect(queries[engineOf(kind)](database.url, 'select 1')).rejects.toThrow(
        /exist|unknown database/i,
      )
  })
})

const queries: Record<EngineName, (url: string, sql: string) => Promise<unknown>> = {
  async sqlite(url, sql) {
    const database = new DatabaseSync(url.slice('sqlite:'.length))
    try {
      return database
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    } finally {
      database.close()
    }
  },
  async postgres(url, sql) {
    const client = new Client({ connectionString: url })
    await client.connect()
    return client
      .query(sql)
      .then(({ rows }) => rows)
      .finally(() => client.end())
  },
  async mysql(url, sql) {
    const connection = await createConnection(url)
    return connection
      .query(sql)
      .then(([rows]) => rows)
      .finally(() => connection.end())
  },
}
