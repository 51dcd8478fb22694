import type { Row, Value } from './database.ts'

interface Statement {
  all(...params: never[]): unknown[]
  run(...params: never[]): { changes: number | bigint }
  readonly reader?: boolean
}

/** A Database of the package `libsql`: better-sqlite3's names, but for these differences. */
export function isLibsql(handle: object): boolean {
  return 'maxWriteReplicationIndex' in handle
}

/** It takes a single blob or null for a list of parameters, so that they are always given as a list. */
export function libsqlStatement(statement: Statement): Statement {
  const all = statement.all.bind(statement) as (params: readonly Value[]) => unknown[]
  const run = statement.run.bind(statement) as (params: readonly Value[]) => { changes: number | bigint }
  return {
    reader: statement.reader === true,
    all: (...params) => all(params).map((row) => withBytes(row as Row)),
    run: (...params) => run(params),
  }
}

/** It gives an ArrayBuffer where every other library gives bytes. */
export function withBytes(row: Row): Row {
  const columns = Object.entries(row)
  return Object.fromEntries(
    columns.map(([name, value]) => [name, value instanceof ArrayBuffer ? new Uint8Array(value) : value]),
  )
}
