import { assignments, type Engine, type JsonColumns } from '../engine.ts'
import { statementsOf } from '../migrations.ts'
import { empty, raw, type Sql, type Text } from '../sql.ts'
import { namedTables } from '../tables.ts'
import { bookkeeping, initial } from './0001-initial.ts'

export interface MysqlNaming {
  readonly prefix: string
  /** The tables' database: the app's connection may be using another one. */
  readonly database?: string | undefined
  readonly isMariadb?: boolean
}

export function mysqlEngine({ prefix, database, isMariadb = false }: MysqlNaming): Engine {
  const qualified = database === undefined ? '' : `\`${database.replaceAll('`', '``')}\`.`
  const collation = isMariadb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
  const tables = namedTables((table) => `${qualified}\`${prefix}${table}\``)
  return {
    kind: 'mysql',
    tables,
    id: (id) => Buffer.from(id.replaceAll('-', ''), 'hex'),
    readId,
    idText: (column) => raw(`hex(${column})`),
    jsonRows,
    jsonId: (id) => id.replaceAll('-', ''),
    fromJsonId: (column) => raw(`unhex(${column})`),
    // Differs because the planner would scan a small table, and a scan waits for the rows that others hold.
    updateFrom: ({ table, from, joins, on, set }) =>
      `update ${from} ${lookup(table, 'd')} on ${on}${joins ? ` ${joins}` : ''} set ${assignments(set, 'd.')}`,
    deleteFrom: ({ table, from, key, value }) =>
      `delete d from ${from} ${lookup(table, 'd')} on d.${key} = ${value}`,
    lookup,
    lookupIfAny,
    cast: () => empty,
    ...locks(isMariadb),
    tellsTransaction: isMariadb,
    // Differs because `insert ignore` would also swallow data errors; this assignment changes nothing.
    insertIgnore: (table, columns, values) =>
      `insert into ${table} (${columns.join(', ')}) ${values} on duplicate key update ${columns[0]} = ${table}.${columns[0]}`,
    migrationLock: lockOf(prefix),
    bookkeeping: () => statementsOf(bookkeeping(tables)),
    initialTables: () => statementsOf(initial({ tables, prefix, collation })),
  }
}

function locks(isMariadb: boolean) {
  const ofD = isMariadb ? '' : ' of d'
  return {
    skipLocked: raw(' for update skip locked'),
    forUpdate: raw(' for update'),
    skipLockedOfD: raw(` for update${ofD} skip locked`),
    forUpdateOfD: raw(` for update${ofD}`),
  }
}

function readId(value: unknown): string {
  return dashed(
    typeof value === 'string' ? value.toLowerCase() : Buffer.from(value as Uint8Array).toString('hex'),
  )
}

function lockOf(prefix: string): Engine['migrationLock'] {
  return {
    lock: `select get_lock('${prefix}migrate', 60) as locked`,
    unlock: `select release_lock('${prefix}migrate') as released`,
  }
}

function jsonRows(alias: string, columns: JsonColumns): Sql {
  const types = { id: 'char(32)', text: 'longtext', bigint: 'bigint', integer: 'int' }
  const list = Object.entries(columns).map(([name, type]) => `${name} ${types[type]} path '$.${name}'`)
  return raw(`json_table(?, '$[*]' columns(${list.join(', ')})) as ${alias}`)
}

function lookup(table: Text, alias: string): Sql {
  return raw(`straight_join ${table} as ${alias} force index (primary)`)
}

/** Without it MySQL scans a small table here too, and waits for the mail of transactions that are still open. */
function lookupIfAny(table: Text, alias: string): Sql {
  return raw(`left join ${table} ${alias} force index (primary)`)
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
