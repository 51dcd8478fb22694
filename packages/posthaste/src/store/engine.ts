import type { Database, DatabaseKind, Value } from '../connections/database.ts'
import type { EngineRights } from './rights/rights.ts'
import type { Sql, Text } from './sql.ts'
import type { Claim, Turn } from './store.ts'
import type { Tables } from './tables.ts'

/** What every verb of the store works on. */
export interface StoreBase {
  readonly database: Database
  readonly engine: Engine
}

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
  readonly locks: Locks
  /** Lets the first due delivery `d` of a stream and lane be one step into an index. */
  readonly firstDue: FirstDue
  /** Begins a `select` that fails, and does not wait for long, while another session wants to change its table. */
  readonly selectBriefly: Sql
  /**
   * A turn's two halves: what is still held is settled, and what is due is claimed. Each retries what the database
   * broke off.
   */
  turn(base: StoreBase, asked: Turn): Promise<TurnDone>
  /** A column of bytes as it is selected where it is large, and as it comes back. */
  selectBytes(column: string): Sql
  readBytes(value: unknown): Buffer | undefined
  /** Asks by name whether a table is there: where a missing one would break off the app's transaction. */
  readonly tableProbeSql: string | undefined
  /** Its indexes may leave rows out, and want the condition of an index repeated. */
  readonly hasPartialIndexes: boolean
  /** A queue on it makes its tables at the first use. */
  readonly migratesOnOpen: boolean
  readonly server: ServerKind
  /** Changes nothing, and fails where the database takes no writes; absent where it would wait for others to write. */
  readonly writeProbeSql: Sql | undefined
  /** Takes what was erased out of the database's log, where that is the queue's own to do. */
  readonly emptyLogSql: Sql | undefined
  /** How readers and writers are kept apart, where that is the app's own to choose. */
  readonly journalModeSql: Sql | undefined
  /** What its users may do; undefined where it has no users. */
  readonly rights: EngineRights | undefined
  /** Can a statement ask whether a transaction is open? Only MariaDB's can. */
  readonly tellsTransaction: boolean
  /** `insert … ` that does nothing where the row is there already. */
  insertIgnore(table: Text, columns: readonly string[], values: Text): string
  /** Lets one process at a time migrate, until it has committed; absent where the write transaction does. */
  readonly migrationLock: { readonly lock: string; readonly unlock: readonly string[] } | undefined
  /** How a migration waits for a table in use; absent where its wait does not hold up other sessions. */
  readonly tableWait: TableWait | undefined
  /** The time as an expression, for text that is printed now and run later. */
  readonly nowSql: string
  /** What makes the table of the applied migrations where it is missing. */
  bookkeeping(): readonly string[]
  /** The statements of migration 1, each of which may be run again. */
  initialTables(): readonly string[]
}

export interface FirstDue {
  /** Stands behind the table. */
  readonly hint: Sql
  /** What it is ordered by. */
  readonly order: Sql
}

export interface TableWait {
  /** Bounds the waits of the session, and ends the bound. */
  readonly begin: string
  readonly end: string
  readonly tries: number
  /** Milliseconds between two tries. */
  readonly pause: number
}

/** What ends a `select` so that it locks; nothing on SQLite, where the write transaction is the lock. */
export interface Locks {
  /** One table's rows. */
  readonly rows: Sql
  /** The same without those that are locked already. */
  readonly freeRows: Sql
  /** The rows of this table alone, where the others that it is joined with are read as they are now all the same. */
  rowsOf(alias: string): Sql
  /** The rows of `d`, joined with others, in the order of its key. */
  inOrder(key: string): Sql
  freeInOrder(key: string): Sql
}

export interface ServerKind {
  readonly name: string
  readonly versionSql: string
  /** The oldest that works. */
  readonly oldest: readonly [major: number, minor: number]
}

export interface TurnDone {
  readonly settled: ReadonlySet<string>
  readonly claims: Claim[]
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

/** What an engine's errors mean. Codes of different engines never collide, so that each question asks all lists. */
export interface EngineErrors {
  /** The transaction was broken off and nothing of it has happened: the same again may succeed. */
  readonly retryable: ReadonlySet<string>
  /** Another connection writes. */
  readonly busy: ReadonlySet<string>
  /** The server could not be asked at all. */
  readonly unreachable: ReadonlySet<string>
  /** Drivers that say the same without a code. */
  readonly unreachableWords: RegExp
  readonly missingTable: ReadonlySet<string>
  /** The user may not do that. */
  readonly forbidden: ReadonlySet<string>
  /** The table, column or index that a statement makes is there. */
  readonly alreadyThere: ReadonlySet<string>
  /** The code of a driver that tells numbers. */
  codeOfNumber?(number: number): string
}
