import type { Pool, PoolConnection } from 'mysql2/promise'
import { PosthasteError } from '../errors.ts'
import { serverSql } from '../store/server.ts'
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
  const frame = own ? ownFrames[flavour] : frameFor(version)
  const query: Executor['query'] = (sql, params) => run(pool, sql, params)
  return {
    kind: 'mysql',
    flavour,
    schemaName: typeof name === 'string' ? name : undefined,
    isExhausted: () => isExhausted(pool),
    query,
    transaction: async (work) => inTransaction(await reachable(pool.getConnection()), frame, work),
    now: async (tx = { query }) => Number((await tx.query(serverSql.mysql.now)).rows[0]?.now),
    close: async () => {
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

/** How a transaction begins and ends, in one statement each. */
interface Frame {
  readonly begin: string
  readonly commit: string
  /** What the connection needs after either end; nothing where it is undefined. */
  readonly restore?: string
}

const afterMysql = 'set @@autocommit = 1, @@wait_timeout = 60'

/** Our own pool's sessions are set up; MySQL, which knows only a session's silence, is told how much of it a transaction may have. */
const ownFrames: Readonly<Record<'mariadb' | 'mysql', Frame>> = {
  mariadb: { begin: 'begin', commit: 'commit' },
  mysql: { begin: 'set @@autocommit = 0, @@wait_timeout = 10', commit: afterMysql, restore: afterMysql },
}

/**
 * At the server's default, REPEATABLE READ, a claim's locks would make the app's inserts wait. The app's own sessions stay as they are: without
 * `session` the isolation is that of the next transaction alone, and turning autocommit on again commits.
 */
function frameFor(version: string): Frame {
  const isolation = namesIsolationAsBefore(version) ? 'tx_isolation' : 'transaction_isolation'
  return {
    begin: `set @posthaste_autocommit = @@autocommit, @@${isolation} = 'READ-COMMITTED', @@autocommit = 0`,
    commit: 'set @@autocommit = 1, @@autocommit = @posthaste_autocommit',
    restore: 'set @@autocommit = @posthaste_autocommit',
  }
}

/** MariaDB has MySQL's new name since 11.1. */
function namesIsolationAsBefore(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return /mariadb/i.test(version) && (major < 11 || (major === 11 && minor < 1))
}

const readCommitted = 'transaction isolation level read committed'

/** Seconds. Server-side timeouts, so that a stalled worker cannot hold row locks for hours. */
const settings = [readCommitted, 'wait_timeout = 60 /*M!, idle_transaction_timeout = 10 */']

async function inTransaction<T>(
  connection: PoolConnection,
  { begin, commit, restore }: Frame,
  work: (tx: Executor) => Promise<T>,
): Promise<T> {
  let sound = false
  try {
    await run(connection, begin)
    const value = await work({ query: (sql, params) => run(connection, sql, params) })
    await run(connection, commit)
    sound = true
    return value
  } catch (error) {
    sound = await end(connection, restore).then(
      () => true,
      () => false,
    )
    throw error
  } finally {
    if (sound) connection.release()
    else connection.destroy()
  }
}

async function end(connection: PoolConnection, restore: string | undefined): Promise<void> {
  await connection.query('rollback')
  if (restore !== undefined) await connection.query(restore)
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
