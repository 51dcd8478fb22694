import type { Pool } from 'mysql2/promise'
import { PosthasteError } from '../errors.ts'
import { serverSql } from '../store/server.ts'
import type { Database, Executor, Result, Row, Value } from './database.ts'
import { reachable } from './failure.ts'
import { appSessions, ownSessions, type Sessions } from './mysql-sessions.ts'

/** The part of a mysql2 promise pool that is used, so that the driver stays the user's. */
export type MysqlPool = Pick<Pool, 'getConnection' | 'execute' | 'query' | 'end'>

export function isMysqlPool(value: unknown): value is MysqlPool {
  return typeof value === 'object' && value !== null && 'getConnection' in value && 'execute' in value
}

export async function openMysql(source: string | MysqlPool): Promise<Database> {
  const own = typeof source === 'string'
  const pool = own ? await makePool(source) : promised(source)
  try {
    return await mysqlDatabase(pool, own, { query: (sql, params) => run(pool, sql, params) })
  } catch (error) {
    // Its timers would keep the process alive, and each further try would leave another one behind.
    if (own) await pool.end().catch(() => {})
    throw error
  }
}

/** The app's own pool, of which nothing is asked but on `tx`, the connection that the app has taken. */
export function openMysqlOn(pool: MysqlPool, tx: Executor): Promise<Database> {
  return mysqlDatabase(promised(pool), false, tx)
}

async function mysqlDatabase(pool: MysqlPool, own: boolean, asked: Executor): Promise<Database> {
  const { rows } = await asked.query(serverSql.mysql.kind)
  const name = configOf(pool)?.connectionConfig?.database ?? rows[0]?.name
  const version = String(rows[0]?.version)
  const flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const sessions = own ? ownSessions(pool, flavour) : appSessions(pool, version)
  const query: Executor['query'] = (sql, params) => run(pool, sql, params)
  return {
    kind: 'mysql',
    flavour,
    schemaName: typeof name === 'string' ? name : undefined,
    isExhausted: () => !sessions.hasFree && isExhausted(pool),
    query,
    transaction: (work) => inTransaction(sessions, work),
    now: async (tx = { query }) => Number((await tx.query(serverSql.mysql.now)).rows[0]?.now),
    close: async () => {
      sessions.end()
      if (own) await pool.end()
    },
  }
}

interface PoolParts {
  readonly config?: {
    readonly connectionLimit?: number
    readonly connectionConfig?: { readonly database?: string }
  }
  readonly _allConnections?: { readonly length: number }
  readonly _freeConnections?: { readonly length: number }
}

/** mysql2 keeps these to itself: what is not found there counts as unknown. */
function partsOf(pool: MysqlPool): PoolParts {
  return 'pool' in pool ? (pool.pool as PoolParts) : (pool as PoolParts)
}

function configOf(pool: MysqlPool): PoolParts['config'] {
  return partsOf(pool).config
}

function isExhausted(pool: MysqlPool): boolean {
  const { config, _allConnections, _freeConnections } = partsOf(pool)
  if (_freeConnections?.length !== 0 || config?.connectionLimit === undefined) return false
  return (_allConnections?.length ?? 0) >= config.connectionLimit
}

/** A callback pool knows its promise twin. */
function promised(pool: MysqlPool): MysqlPool {
  return 'promise' in pool && typeof pool.promise === 'function' ? pool.promise() : pool
}

async function makePool(url: string): Promise<MysqlPool> {
  const { createPool } = await loadDriver()
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

/** Within `try`, bundlers let it be missing. */
async function loadDriver(): Promise<typeof import('mysql2/promise')> {
  try {
    return await import('mysql2/promise')
  } catch (cause) {
    throw new PosthasteError('PH_DRIVER_MISSING', 'mysql2', { cause })
  }
}

const readCommitted = 'transaction isolation level read committed'

/** Seconds. Server-side timeouts, so that a stalled worker cannot hold row locks for hours. */
const settings = [readCommitted, 'wait_timeout = 60 /*M!, idle_transaction_timeout = 10 */']

async function inTransaction<T>(sessions: Sessions, work: (tx: Executor) => Promise<T>): Promise<T> {
  const session = await reachable(sessions.begin())
  try {
    const value = await work({ query: (sql, params) => run(session, sql, params) })
    await reachable(sessions.commit(session))
    return value
  } catch (error) {
    await sessions.rollback(session)
    throw error
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
