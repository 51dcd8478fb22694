import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Database } from '../src/connections/database.ts'
import { describeDatabase } from './support/databases.ts'

describeDatabase('postgres', 'the names of prepared statements', (_kind, fresh) => {
  test('two copies of the package on one connection never run each other’s statements, whatever their order', async () => {
    const { url } = await fresh()
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    onTestFinished(() => pool.end())
    const [one, other] = [await openWithCopy(pool), await openWithCopy(pool)]
    for (let n = 0; n < 20; n++) {
      expect(await answerOf(one, n)).toBe(`text ${n}: x`)
      expect(await answerOf(other, 19 - n)).toBe(`text ${19 - n}: x`)
    }
  })

  test('thousands of texts do not fill the server, and each runs as itself', async () => {
    const { url } = await fresh()
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    onTestFinished(() => pool.end())
    const database = await openWithCopy(pool)
    const wrong: number[] = []
    for (let n = 0; n < 2_100; n++) if ((await answerOf(database, n)) !== `text ${n}: x`) wrong.push(n)
    expect(wrong).toEqual([])
    const prepared = await preparedOn(database)
    expect(prepared).toBeGreaterThan(500)
    expect(prepared).toBeLessThanOrEqual(1_000)
  })

  test('nothing is prepared where the URL says that a pooler stands between', async () => {
    const { url } = await fresh()
    const behind = new URL(url)
    behind.searchParams.set('pgbouncer', 'true')
    const database = await openWithCopy(behind.href)
    onTestFinished(() => database.close())
    for (let n = 0; n < 5; n++)
      await database.transaction((tx) => tx.query(`select ?::text || '${n}'`, ['x']))
    expect(await database.transaction(preparedOn)).toBe(0)
  })
})

/** As if the package were in node_modules once more. */
async function openWithCopy(source: unknown): Promise<Database> {
  vi.resetModules()
  const { openDatabase } = await import('../src/connections/open.ts')
  return openDatabase(source)
}

async function answerOf(database: Database, n: number): Promise<unknown> {
  const { rows } = await database.query(`select 'text ${n}: ' || ?::text as answer`, ['x'])
  return rows[0]?.answer
}

async function preparedOn(database: Pick<Database, 'query'>): Promise<number> {
  const { rows } = await database.query('select count(*)::int as n from pg_prepared_statements')
  return Number(rows[0]?.n)
}
