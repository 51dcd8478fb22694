import { createHash } from 'node:crypto'
import { assignments, type JsonColumns, type Locks } from '../engine.ts'
import { statementsOf } from '../migrations.ts'
import { bytesOrNull } from '../rows.ts'
import { nowSql } from '../server.ts'
import { empty, raw, type Sql, type Text } from '../sql.ts'
import { writeProbe } from '../standard-sql.ts'
import { namedTables } from '../tables.ts'
import { bookkeeping, initial } from './0001-initial.ts'
import { mysqlRights } from './rights.ts'
import { mysqlTurn } from './turn.ts'
import { type MysqlEngine, type MysqlVariant, mysql } from './variants.ts'

export interface MysqlNaming {
  readonly prefix: string
  /** The tables' database: the app's connection may be using another one. */
  readonly database?: string | undefined
  /** What is known without a connection is MySQL's name, not which of the two it is. @default mysql */
  readonly variant?: MysqlVariant
}

export function mysqlEngine({ prefix, database, variant = mysql }: MysqlNaming): MysqlEngine {
  const qualified = database === undefined ? '' : `\`${database.replaceAll('`', '``')}\`.`
  const collation = variant.exactCollation
  const tables = namedTables((table) => `${qualified}\`${prefix}${table}\``)
  const engine: MysqlEngine = {
    ...same,
    variant,
    jsonRows: (alias, columns) => jsonRows(alias, columns, collation),
    turn: ({ database }, asked) => mysqlTurn({ database, engine }, asked),
    tables,
    // Differs because the planner would scan a small table, and a scan waits for the rows that others hold.
    updateFrom: ({ table, from, joins, on, set }) =>
      `update ${from} ${lookup(table, 'd')} on ${on}${joins ? ` ${joins}` : ''} set ${assignments(set, 'd.')}`,
    deleteFrom: ({ table, from, key, value }) =>
      `delete d from ${from} ${lookup(table, 'd')} on d.${key} = ${value}`,
    locks: locksOf(variant),
    server: variant.server,
    tellsTransaction: variant.tellsTransaction,
    selectBriefly: variant.selectBriefly,
    firstDue: variant.firstDue(`\`${prefix}delivery_due\``),
    // Differs because `insert ignore` would also swallow data errors; this assignment changes nothing.
    insertIgnore: (table, columns, values) =>
      `insert into ${table} (${columns.join(', ')})
        ${values}
        on duplicate key update ${columns[0]} = ${table}.${columns[0]}`,
    rights: mysqlRights(tables, variant),
    migrationLock: lockOf(database, prefix),
    writeProbeSql: writeProbe(tables),
    nowSql: nowSql.mysql,
    bookkeeping: () => statementsOf(bookkeeping(tables)),
    initialTables: () => statementsOf(initial({ tables, prefix, collation })),
  }
  return engine
}

/** Three seconds, longer than a guard looks, so that the app's short transactions end meanwhile; for a minute. */
const tableWait = {
  begin: 'set @posthaste_wait = @@lock_wait_timeout, @@lock_wait_timeout = 3',
  end: 'set @@lock_wait_timeout = @posthaste_wait',
  tries: 12,
  pause: 2_000,
} as const

const same = {
  kind: 'mysql',
  id: (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex'),
  readId,
  idText: (column: string) => raw(`hex(${column})`),
  jsonId: (id: string) => id.replaceAll('-', ''),
  fromJsonId: (column: string) => raw(`unhex(${column})`),
  lookup,
  cast: () => empty,
  selectBytes: raw,
  readBytes: (value: unknown) => bytesOrNull(value) ?? undefined,
  tableProbeSql: undefined,
  hasPartialIndexes: false,
  migratesOnOpen: false,
  emptyLogSql: undefined,
  journalModeSql: undefined,
  tableWait,
  // The app's connection may be using another database than the queue's.
} as const

function locksOf({ lockOf }: MysqlVariant): Locks {
  return {
    rows: raw(' for update'),
    freeRows: raw(' for update skip locked'),
    // Without a lock the others would be as of the transaction's beginning.
    rowsOf: () => raw(' for update'),
    inOrder: () => raw(` for update${lockOf('d')}`),
    freeInOrder: (key) => raw(` order by d.${key} for update${lockOf('d')} skip locked`),
  }
}

function readId(value: unknown): string {
  return dashed(
    typeof value === 'string' ? value.toLowerCase() : Buffer.from(value as Uint8Array).toString('hex'),
  )
}

/**
 * The server's locks are shared by all of its databases, and their names are short. Some servers do not tell `Shop`
 * from `shop`.
 */
function lockOf(database: string | undefined, prefix: string): MysqlEngine['migrationLock'] {
  const tables = JSON.stringify([database, prefix]).toLowerCase()
  const name = `posthaste migrate ${createHash('sha256').update(tables).digest('hex').slice(0, 32)}`
  return {
    lock: `select get_lock('${name}', 60) as locked`,
    // The lock is the session's: what is noted has to be committed before the next one looks.
    unlock: ['commit', `select release_lock('${name}') as released`],
  }
}

/** Without a character set of their own the columns have that of the app's database, which may lack letters. */
function jsonRows(alias: string, columns: JsonColumns, collation: string): Sql {
  const text = `longtext character set utf8mb4 collate ${collation}`
  const types = { id: 'char(32) character set ascii', text, bigint: 'bigint', integer: 'int' }
  const list = Object.entries(columns).map(([name, type]) => `${name} ${types[type]} path '$.${name}'`)
  return raw(`json_table(?, '$[*]' columns(${list.join(', ')})) as ${alias}`)
}

function lookup(table: Text, alias: string): Sql {
  return raw(`straight_join ${table} as ${alias} force index (primary)`)
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
