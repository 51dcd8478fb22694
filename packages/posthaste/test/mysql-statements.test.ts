import { createPool } from 'mysql2/promise'
import { expect, onTestFinished, test } from 'vitest'
import type { Executor } from '../src/connections/database.ts'
import type { MysqlPool } from '../src/connections/mysql.ts'
import { openDatabase } from '../src/connections/open.ts'
import { createStore } from '../src/store/create-store.ts'
import { engineFor } from '../src/store/engine-for.ts'
import { updateRows } from '../src/store/mysql/update-rows.ts'
import { raw } from '../src/store/sql.ts'
import { describeDatabase } from './support/databases.ts'
import { addMany, claim, noon, openStore, settlingOf } from './support/store.ts'

for (const kind of ['mariadb', 'mysql'] as const)
  describeDatabase(kind, 'statements', (_kind, fresh) => {
    test('of a turn that settles and claims are ten at most, and five of them follow each other', async () => {
      const at = await openStore(kind, await fresh())
      onTestFinished(() => at.close())
      await addMany(
        at,
        Array.from({ length: 20 }, () => ({})),
      )
      const counted = countStatements(createPool({ uri: at.url }))
      onTestFinished(() => counted.pool.end())
      const database = await openDatabase(counted.pool)
      const store = createStore(database, engineFor(database))
      const claims = await claim({ store }, { limit: 10 })
      expect(claims).toHaveLength(10)
      counted.reset()
      const settle = claims.map((one, n) => settlingOf(one, 'accepted', { text: `queued as ${n}` }))
      const request = { streams: ['default'], lanes: [0, 1, 2, 3], limit: 10 }
      const turn = await store.turn({
        workerId: claims[0]?.mailId ?? '',
        now: noon,
        settle,
        claim: [request],
      })
      expect(turn.verdicts).toEqual(claims.map(() => 'settled'))
      expect(turn.claims).toHaveLength(10)
      const looking = counted.onPool()
      expect(looking + counted.onConnections().reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(10)
      expect(Math.max(...counted.onConnections())).toBeLessThanOrEqual(5)
      expect(looking + Math.min(...counted.onConnections())).toBeLessThanOrEqual(5)
    })

    test.each([1, 2, 40])('that change %i recipients read no others', async (count) => {
      const at = await openStore(kind, await fresh())
      onTestFinished(() => at.close())
      const mails = await addMany(
        at,
        Array.from({ length: 200 }, () => ({})),
      )
      const rows = mails.slice(100, 100 + count).map(({ id }) => ({
        key: { mail_id: Buffer.from(id.replaceAll('-', ''), 'hex'), seq: 0 },
        values: { code: 250 },
      }))
      const update = { table: at.engine.tables.recipient, rows, where: raw("state <> 'accepted'") }
      await at.database.transaction(async (tx) => {
        const before = await rowsRead(tx)
        expect(await updateRows(tx, update)).toBe(count)
        expect((await rowsRead(tx)) - before).toBeLessThan(2 * count + 10)
      })
    })

    test('of a transaction that follows another begin without a statement for that', async () => {
      const database = await openDatabase((await fresh()).url)
      onTestFinished(() => database.close())
      const looked = () => database.transaction(look)
      const first = await looked()
      expect(await looked()).toEqual(first)
      await expect(database.transaction((tx) => tx.query('no sql'))).rejects.toThrow('syntax')
      expect((await looked()).autocommit).toBe(0)
      expect((await look(database)).autocommit).toBe(1)
    })

    test('go on when the session that was kept for them is gone', async () => {
      const { url } = await fresh()
      const database = await openDatabase(url)
      onTestFinished(() => database.close())
      const other = await openDatabase(url)
      onTestFinished(() => other.close())
      const { id } = await database.transaction(look)
      await other.query(`kill ${Number(id)}`)
      await expect.poll(() => isConnected(other, id)).toBe(false)
      expect((await database.transaction(look)).id).not.toBe(id)
    })

    test('set a session right that no transaction has wanted for a second', async () => {
      const { url } = await fresh()
      const database = await openDatabase(url)
      onTestFinished(() => database.close())
      const other = await openDatabase(url)
      onTestFinished(() => other.close())
      await database.transaction(look)
      const before = await settingsMade(other)
      await expect.poll(() => settingsMade(other), { timeout: 10_000 }).toBeGreaterThan(before)
      expect((await look(database)).autocommit).toBe(1)
    })

    test('of a transaction on the app’s pool leave its session as it was', async () => {
      const { url } = await fresh()
      const pool = createPool({ uri: url, connectionLimit: 1 })
      onTestFinished(() => pool.end())
      await pool.query('create table seen (n int)')
      await pool.query('set autocommit = 0')
      const database = await openDatabase(pool)
      const failed = database.transaction(async (tx) => {
        await tx.query('insert into seen values (2)')
        throw new Error('rolled back')
      })
      await expect(failed).rejects.toThrow('rolled back')
      await database.transaction((tx) => tx.query('insert into seen values (1)'))
      await pool.query('rollback')
      const { rows } = await database.query('select n, @@autocommit as autocommit from seen')
      expect(rows).toEqual([{ n: 1, autocommit: 0 }])
    })
  })

async function look(on: Executor) {
  const { rows } = await on.query('select connection_id() as id, @@autocommit as autocommit')
  const { rows: sets } = await on.query("show session status like 'Com_set_option'")
  return { id: rows[0]?.id, autocommit: rows[0]?.autocommit, sets: sets[0]?.Value }
}

/** By this session, the few of this question among them. */
async function rowsRead(on: Executor): Promise<number> {
  const { rows } = await on.query("show session status like 'Handler_read%'")
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0)
}

async function isConnected(on: Executor, id: unknown): Promise<boolean> {
  const { rows } = await on.query(`select id from information_schema.processlist where id = ${Number(id)}`)
  return rows.length > 0
}

/** On the whole server. */
async function settingsMade(on: Executor): Promise<number> {
  const { rows } = await on.query("show global status like 'Com_set_option'")
  return Number(rows[0]?.Value)
}

interface Counted {
  readonly pool: MysqlPool
  reset(): void
  onPool(): number
  /** By connection, those that have any. */
  onConnections(): number[]
}

function countStatements(pool: ReturnType<typeof createPool>): Counted {
  let alone = 0
  const counts = new Map<object, number>()
  const counting = <T extends { query: unknown; execute: unknown }>(target: T, count: () => void): T =>
    new Proxy(target, {
      get(of, name) {
        if (name === 'query' || name === 'execute') count()
        const value = Reflect.get(of, name)
        return typeof value === 'function' ? value.bind(of) : value
      },
    })
  const counted = counting(pool, () => alone++)
  return {
    pool: Object.assign(Object.create(counted), {
      getConnection: async () => {
        const connection = await pool.getConnection()
        const key = {}
        return counting(connection, () => counts.set(key, (counts.get(key) ?? 0) + 1))
      },
      query: (...given: Parameters<MysqlPool['query']>) => counted.query(...given),
      execute: (...given: Parameters<MysqlPool['execute']>) => counted.execute(...given),
      end: () => pool.end(),
    }) as MysqlPool,
    reset: () => {
      alone = 0
      counts.clear()
    },
    onPool: () => alone,
    onConnections: () => [...counts.values()],
  }
}
