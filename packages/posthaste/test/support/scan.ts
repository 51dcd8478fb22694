import { readFileSync } from 'node:fs'
import type { Executor, Row } from '../../src/connections/database.ts'
import { type DatabaseKind, engineOf } from './databases/kinds.ts'

interface Scanned {
  readonly kind: DatabaseKind
  readonly database: Executor
}

const columnsSql = {
  postgres: `select quote_ident(table_schema) || '.' || quote_ident(table_name) as t, column_name as c
    from information_schema.columns
    where table_schema = 'posthaste'`,
  mysql: `select table_name as t, column_name as c
    from information_schema.columns
    where table_schema = database() and table_name like 'posthaste%'`,
  sqlite: `select m.name as t, c.name as c
    from sqlite_master m, pragma_table_info(m.name) c
    where m.type = 'table' and m.name like 'posthaste%'`,
}

/** Every column of every table there is, by table. */
export async function columnsOf({ kind, database }: Scanned): Promise<Map<string, string[]>> {
  const { rows } = await database.query(columnsSql[engineOf(kind)])
  const tables = new Map<string, string[]>()
  for (const { t, c } of rows) tables.set(String(t), [...(tables.get(String(t)) ?? []), String(c)])
  return tables
}

/** The columns, of every table there is, in which some row holds this text in any case. */
export async function holding(at: Scanned, text: string): Promise<string[]> {
  const found = new Set<string>()
  for (const [table, columns] of await columnsOf(at))
    for (const row of (await at.database.query(`select * from ${table}`)).rows)
      for (const column of columns)
        if (textOf(row, column).toLowerCase().includes(text)) found.add(`${shortName(table)}.${column}`)
  return [...found].sort()
}

function textOf(row: Row, column: string): string {
  const value = row[column]
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)
}

function shortName(table: string): string {
  return table.replace(/^posthaste[._]/, '')
}

/** Those of an SQLite file and its log that hold this text. */
export function filesHolding(file: string, text: string): string[] {
  return [file, `${file}-wal`].filter((path) => bytesOf(path).toLowerCase().includes(text))
}

function bytesOf(path: string): string {
  try {
    return readFileSync(path).toString('latin1')
  } catch {
    return ''
  }
}
