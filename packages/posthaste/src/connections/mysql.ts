import type { Pool, PoolConnection } from 'mysql2/promise'
import { PosthasteError } from '../errors.ts'
import type { Database, Executor, Result, Row, Value } from './database.ts'
import { reachable } from './failure.ts'

/** The part of a mysql2 promise pool that is used, so that the driver stays the user's. */
export type MysqlPool = Pick<Pool, 'getConnection' | 'execute' | 'query' | 'end'>

export function isMysqlPool(value: unknown): value is MysqlPool {
  return typeof value === 'object' && value !== null && 'getConnection' in value && 'execute' in value
}

export async function openMysql(source: string | MysqlPool): Promise<Database> {
  const own = typeof source === 'string'
  const pool = own ? await makePool(source) : promised(source)
  const version = await run(pool, 'select version() as version')
  return {
    kind: 'mysql',
    flavour: /mariadb/i.test(String(version.rows[0]?.version)) ? 'mariadb' : 'mysql',
    query: (sql, params) => run(pool, sql, params),
    transaction: async (work) => inTransaction(await reachable(pool.getConnection()), opening(own), work),
    now: async () => Number((await run(pool, nowSql)).rows[0]?.now),
    close: async () => {
      if (own) await pool.end()
    },
  }
}

const nowSql = 'select cast(unix_timestamp(sysdate(3)) * 1000 as signed) as now'

/** A callback pool knows its promise twin. */
function promised(pool: MysqlPool): MysqlPool {
  return 'promise' in pool && typeof pool.promise === 'function' ? pool.promise() : pool
}

async function makePool(url: string): Promise<MysqlPool> {
  const { createPool } = await import('mysql2/promise').catch((cause: unknown) => {
    throw new PosthasteError('PH_DRIVER_MISSING', 'mysql2', { cause })
  })
  const pool = createPool({
    uri: url,
    connectionLimit: 6,
    // An idle connection goes before the server ends it.
    maxIdle: 5,
    idleTimeout: 30_000,
    gracefulEnd: true,
    connectTimeout: 15_000,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    enableKeepAlive: true,
    maxPreparedStatements: 500,
    // Else a stack is captured at each statement, for errors that are told as ours anyway: 12 of 320 µs a mail in a profile.
    trace: false,
  })
  // Goes out before whatever the connection was opened for: once, and not before each transaction.
  pool.pool.on('connection', (connection) => {
    for (const setting of settings) connection.query(`set session ${setting}`, () => {})
  })
  return pool
}

/** At the server's default, REPEATABLE READ, a claim's locks would make the app's inserts wait. Our own pool's sessions are set up so. */
function opening(own: boolean): readonly string[] {
  return own ? ['begin'] : [`set ${readCommitted}`, 'begin']
}

const readCommitted = 'transaction isolation level read committed'

/**
 * Seconds. Who stands still in a transaction, or whose machine is gone, would keep its mail from the rescuer for hours. MySQL knows
 * only the session's time.
 */
const settings = [readCommitted, 'wait_timeout = 60 /*M!, idle_transaction_timeout = 10 */']

async function inTransaction<T>(
  connection: PoolConnection,
  opening: readonly string[],
  work: (tx: Executor) => Promise<T>,
): Promise<T> {
  let sound = false
  try {
    for (const statement of opening) await run(connection, statement)
    const value = await work({ query: (sql, params) => run(connection, sql, params) })
    await run(connection, 'commit')
    sound = true
    return value
  } catch (error) {
    sound = await connection.query('rollback').then(
      () => true,
      () => false,
    )
    throw error
  } finally {
    if (sound) connection.release()
    else connection.destroy()
  }
}

/** Bound by the server (execute), never interpolated: escaping by the client depends on the session's sql_mode. */
async function run(
  connection: Pick<MysqlPool, 'query' | 'execute'>,
  sql: string,
  params: readonly Value[] = [],
): Promise<Result> {
  const [answer] = await reachable(
    params.length === 0 ? connection.query(sql) : connection.execute(sql, params.map(bindable)),
  )
  if (Array.isArray(answer)) return { rows: answer as Row[], affected: answer.length }
  return { rows: [], affected: 'affectedRows' in answer ? answer.affectedRows : 0 }
}

function bindable(value: Value): string | number | Buffer | null {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
