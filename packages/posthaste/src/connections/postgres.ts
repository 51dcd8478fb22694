import { createHash } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { PosthasteError } from '../errors.ts'
import { serverSql } from '../store/server.ts'
import type { Database, Executor, Result, Value } from './database.ts'
import { reachable } from './failure.ts'
import { isBehindPooler } from './pooler.ts'
import { keepListening } from './postgres-listen.ts'
import { isPoolerUrl, type PostgresUrl } from './url.ts'

/** The part of pg's Pool that is used, so that the driver stays the user's. */
export type PgPool = Pick<Pool, 'connect' | 'query' | 'end' | 'on' | 'totalCount' | 'options'>

export function isPgPool(value: unknown): value is PgPool {
  return (
    typeof value === 'object' &&
    value !== null &&
    'totalCount' in value &&
    'connect' in value &&
    'query' in value
  )
}

export async function openPostgres(source: PostgresUrl | PgPool): Promise<Database> {
  const own = 'href' in source
  const pool = own ? await makePool(source.href) : source
  const isSaid = own ? source.isPooled : isPoolerUrl(source.options?.connectionString)
  let isPooled: boolean | undefined = isSaid || undefined
  const learned = async (client: PoolClient) => {
    isPooled ??= await reachable(isBehindPooler(client))
    return isPooled
  }
  const transaction = <T>(work: (tx: Executor) => Promise<T>) =>
    withClient(pool, async (client) => inTransaction({ client, isPooled: await learned(client) }, work))
  const query: Executor['query'] = async (sql, params) =>
    run({ client: pool, isPooled: isPooled ?? (await withClient(pool, learned)) }, sql, params)
  return {
    kind: 'postgres',
    flavour: 'postgres',
    query,
    transaction,
    listen: (channel, wake) => keepListening(pool, channel, wake),
    now: async (tx = { query }) => Number((await tx.query(serverSql.postgres.now)).rows[0]?.now),
    close: async () => {
      if (own) await pool.end()
    },
  }
}

async function makePool(url: string): Promise<PgPool> {
  const { default: pg } = await loadDriver()
  const pool = new pg.Pool({
    connectionString: url,
    max: 6,
    application_name: 'posthaste',
    connectionTimeoutMillis: 15_000,
  })
  // An idle connection that the server ends must not end the process; the next statement reports what is wrong.
  pool.on('error', () => {})
  return pool
}

/** Within `try`, bundlers let it be missing. */
async function loadDriver(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch (cause) {
    throw new PosthasteError('PH_DRIVER_MISSING', 'pg', { cause })
  }
}

/** Milliseconds. Who stands still in a transaction, or whose machine is gone, would keep its mail from the rescuer for hours. */
const begin = 'begin isolation level read committed; set local idle_in_transaction_session_timeout = 10000'

async function inTransaction<T>(on: On<PoolClient>, work: (tx: Executor) => Promise<T>): Promise<T> {
  await reachable(on.client.query(begin))
  const value = await work({ query: (sql, params) => run(on, sql, params) })
  await run(on, 'commit')
  return value
}

/** Takes a client, and gives it back outside of any transaction. */
async function withClient<T>(pool: PgPool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await reachable(pool.connect())
  let broken: Error | undefined
  client.on('error', reportedByStatement)
  try {
    return await work(client)
  } catch (error) {
    broken = await client.query('rollback').then(
      () => undefined,
      (failure: Error) => failure,
    )
    throw error
  } finally {
    client.off('error', reportedByStatement)
    client.release(broken)
  }
}

/** The pool listens to idle connections only: without this, a server that ends one in use would end the process. */
function reportedByStatement(): void {}

interface On<Client> {
  readonly client: Client
  readonly isPooled: boolean
}

/** Statements are prepared under a name: the same text is planned once a connection. Behind a pooler that may be another one the next time. */
async function run(
  { client, isPooled }: On<Pick<PgPool, 'query'>>,
  sql: string,
  params: readonly Value[] = [],
): Promise<Result> {
  const { text, name } = numbered(sql)
  const isNamed = name !== '' && !isPooled && params.length > 0 && params.length <= 64
  const values = [...params]
  const result = await reachable(client.query(isNamed ? { text, name, values } : { text, values }), sql)
  return { rows: result.rows, affected: result.rowCount ?? 0 }
}

const numberedSql = new Map<string, { text: string; name: string }>()
/** Each connection keeps what was prepared on it: what an app writes in ever new texts must not fill the server. */
const mostNames = 1_000

/**
 * PostgreSQL numbers its parameters; our statements hold no other question mark. The name is made from the text, so that two copies of this
 * package on one pool never mean different statements by one name; '' where there are enough names.
 */
export function numbered(sql: string): { text: string; name: string } {
  if (!sql.includes('?')) return { text: sql, name: '' }
  const known = numberedSql.get(sql)
  if (known) return known
  let n = 0
  const text = sql.replace(/\?/g, () => `$${++n}`)
  if (numberedSql.size >= mostNames) return { text, name: '' }
  const made = { text, name: `posthaste_${createHash('sha256').update(text).digest('hex').slice(0, 32)}` }
  numberedSql.set(sql, made)
  return made
}
