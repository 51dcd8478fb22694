import { peek } from '../foreign.ts'
import type { Result, Row, Value } from './database.ts'
import { isLibsql, libsqlStatement } from './libsql.ts'

/** What the connections of node:sqlite, better-sqlite3, bun:sqlite and libsql have in common, and the few names in which they differ. */
export interface SqliteHandle {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  close?(): unknown
  readonly isTransaction?: boolean
  readonly inTransaction?: boolean
  readonly memory?: boolean
  readonly name?: string
  location?(): string | null
}

export interface SqliteStatement {
  all(...params: never[]): unknown[]
  run(...params: never[]): { changes: number | bigint }
  /** Does it give rows? */
  readonly reader?: boolean
  /** bun:sqlite, which had no `reader` before Bun 1.4. */
  readonly columnNames?: readonly string[]
  /** node:sqlite: its result columns. */
  columns?(): unknown[]
  setReturnArrays?(arrays: boolean): unknown
  setReadBigInts?(asBigInts: boolean): unknown
}

export function isSqliteHandle(value: unknown): value is SqliteHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'prepare' in value &&
    'exec' in value &&
    ('inTransaction' in value || 'isTransaction' in value)
  )
}

export interface SqliteStatements {
  run(sql: string, params?: readonly Value[]): Result
}

const kept = new WeakMap<SqliteHandle, SqliteStatements>()

/** Synchronous execution with kept statements, one set a handle. */
export function statements(handle: SqliteHandle): SqliteStatements {
  const known = kept.get(handle)
  if (known) return known
  const prepared = new Map<string, { statement: SqliteStatement; gives: boolean }>()
  const prepare = (sql: string) => {
    const made = handle.prepare(sql)
    const statement: SqliteStatement = isLibsql(handle) ? libsqlStatement(made) : made
    // The app may have asked for them on the whole handle.
    statement.setReturnArrays?.(false)
    const kept = { statement, gives: givesRows(statement) }
    if (prepared.size < 500) prepared.set(sql, kept)
    return kept
  }
  const made: SqliteStatements = {
    run(sql, params = []) {
      const { statement, gives } = prepared.get(sql) ?? prepare(sql)
      if (!gives) return { rows: [], affected: Number(statement.run(...(params as never[])).changes) }
      const rows = readAll(statement, params)
      return { rows, affected: rows.length }
    },
  }
  kept.set(handle, made)
  return made
}

function givesRows(statement: SqliteStatement): boolean {
  return statement.reader ?? (statement.columns?.() ?? statement.columnNames ?? []).length > 0
}

/** node:sqlite refuses to read a number above 2^53, which only a person can have written: then it gives all as BigInt. */
function readAll(statement: SqliteStatement, params: readonly Value[]): Row[] {
  try {
    return statement.all(...(params as never[])) as Row[]
  } catch (error) {
    if (!statement.setReadBigInts || peek(error, 'code') !== 'ERR_OUT_OF_RANGE') throw error
    statement.setReadBigInts(true)
    try {
      return statement.all(...(params as never[])) as Row[]
    } finally {
      statement.setReadBigInts(false)
    }
  }
}

export function fileOf(handle: SqliteHandle): string | undefined {
  if (handle.memory === true) return undefined
  const file = typeof handle.location === 'function' ? handle.location() : handle.name || mainFile(handle)
  return file === '' || file === ':memory:' || file === null ? undefined : file
}

const mainFiles = new WeakMap<SqliteHandle, string>()

/** bun:sqlite and libsql do not tell it. */
function mainFile(handle: SqliteHandle): string {
  const known = mainFiles.get(handle)
  if (known !== undefined) return known
  const { rows } = statements(handle).run('pragma database_list')
  const file = String(rows.find(({ name }) => name === 'main')?.file ?? '')
  mainFiles.set(handle, file)
  return file
}
