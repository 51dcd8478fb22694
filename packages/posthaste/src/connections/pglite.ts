import { identitySql } from '../store/server.ts'
import type { Database, Result, Row, Value } from './database.ts'
import { reachable } from './failure.ts'
import { numbered } from './postgres.ts'

/** The part of PGlite that is used, so that it stays the user's. */
export interface Pglite extends PgliteQueries {
  transaction<T>(work: (tx: PgliteQueries) => Promise<T>): Promise<T>
  listen(channel: string, wake: (payload: string) => void): Promise<() => Promise<void>>
  readonly closed: boolean
  readonly ready: boolean
}

export interface PgliteQueries {
  query<T>(
    sql: string,
    params?: unknown[],
  ): Promise<{ rows: T[]; affectedRows?: number; rowCount?: number | null }>
  exec(sql: string): Promise<unknown>
}

export function isPglite(value: unknown): value is Pglite {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['query', 'exec', 'transaction', 'listen', 'closed', 'ready'].every((name) => name in value)
  )
}

export async function openPglite(pglite: Pglite): Promise<Database> {
  const { rows } = await runPglite(pglite, identitySql)
  return pgliteDatabase(pglite, String(rows[0]?.identity))
}

/** Always the app's own instance: it lives in the app's process, and has one connection, on which our transactions and the app's take turns. */
export function pgliteDatabase(pglite: Pglite, identity: string): Database {
  return {
    kind: 'postgres',
    flavour: 'postgres',
    identity,
    query: (sql, params) => runPglite(pglite, sql, params),
    transaction: (work) =>
      reachable(pglite.transaction((tx) => work({ query: (sql, params) => runPglite(tx, sql, params) }))),
    listen: async (channel, wake) => {
      const end = await reachable(pglite.listen(channel, wake))
      return { isHeard: true, end: async () => void (pglite.closed || (await end())) }
    },
    now: async () => Date.now(),
    close: async () => {},
  }
}

export async function runPglite(
  queries: PgliteQueries,
  sql: string,
  params: readonly Value[] = [],
): Promise<Result> {
  const answer = await reachable(queries.query<Row>(numbered(sql).text, [...params]))
  return { rows: answer.rows, affected: answer.rowCount ?? answer.affectedRows ?? 0 }
}
