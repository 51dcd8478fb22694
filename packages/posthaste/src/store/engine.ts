import type { DatabaseKind, Value } from '../connections/database.ts'
import type { Sql, Text } from './sql.ts'
import type { Tables } from './tables.ts'

/** What differs between the databases. Everything equal is written once, in the verbs. Not public API. */
export interface Engine {
  readonly kind: DatabaseKind
  readonly tables: Tables
  /** A UUID as it is bound, and as it comes back. */
  id(id: string): Value
  readId(value: unknown): string
  /** The same as text: some apps have their drivers read bytes and UUIDs in a way of their own. */
  idText(column: string): Sql
  /** A cast that PostgreSQL needs where a bare parameter has no type of its own; elsewhere nothing. */
  cast(type: 'uuid' | 'bigint' | 'integer' | 'text' | 'bytea'): Sql
  /** A table made of one JSON parameter, so that the statement's text does not depend on how many rows it carries. */
  jsonRows(alias: string, columns: JsonColumns): Sql
  /** A UUID inside such JSON, and the expression that makes it a stored one again. */
  jsonId(id: string): string
  fromJsonId(column: string): Sql
  /** `update` of one table from the rows of another source. */
  updateFrom(update: UpdateFrom): string
  /** `delete` of the rows whose key is among the values of another source. */
  deleteFrom(removal: DeleteFrom): string
  /** Joins a table whose rows are looked up by primary key, after the left side was read. */
  lookup(table: Text, alias: string): Sql
  /** The same where the row may be missing. */
  lookupIfAny(table: Text, alias: string): Sql
  /** Locks rows that nobody else holds; nothing on SQLite, where the write transaction is the lock. */
  readonly skipLocked: Sql
  readonly forUpdate: Sql
  /** The same where only the table called `d` is meant: MySQL locks no table made of JSON, and MariaDB knows no `of`. */
  readonly skipLockedOfD: Sql
  readonly forUpdateOfD: Sql
  /** Can a statement ask whether a transaction is open? Only MariaDB's can. */
  readonly tellsTransaction: boolean
  /** `insert … ` that does nothing where the row is there already. */
  insertIgnore(table: Text, columns: readonly string[], values: Text): string
  /** Lets one process at a time migrate; absent where the write transaction does. */
  readonly migrationLock: { readonly lock: string; readonly unlock: string | undefined } | undefined
  /** What makes the table of the applied migrations where it is missing. */
  bookkeeping(): readonly string[]
  /** The statements of migration 1. */
  initialTables(): readonly string[]
}

export interface UpdateFrom {
  /** Quoted table, with the alias `d`. */
  readonly table: Text
  /** A table expression; further joins may refer to it. */
  readonly from: Text
  readonly joins?: Text
  /** How a row of the table finds its row of `from`. */
  readonly on: Text
  /** Without parameters: whether it stands before `from` or behind it differs. */
  readonly set: Readonly<Record<string, Text>>
}

export interface DeleteFrom {
  readonly table: Text
  readonly from: Text
  readonly key: string
  readonly value: Text
}

export type JsonColumns = Readonly<Record<string, 'id' | 'text' | 'bigint' | 'integer'>>

export function assignments(set: Readonly<Record<string, Text>>, prefix = ''): string {
  return Object.entries(set)
    .map(([column, value]) => `${prefix}${column} = ${value}`)
    .join(', ')
}
