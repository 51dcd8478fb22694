import { assignments, type Engine } from './engine.ts'
import { empty, raw, type Sql, sql } from './sql.ts'
import type { Tables } from './tables.ts'

type Standard = Pick<
  Engine,
  | 'id'
  | 'readId'
  | 'idText'
  | 'jsonId'
  | 'fromJsonId'
  | 'updateFrom'
  | 'deleteFrom'
  | 'lookup'
  | 'insertIgnore'
  | 'selectBriefly'
  | 'firstDue'
  | 'tableWait'
  | 'emptyLogSql'
  | 'journalModeSql'
>

/** What PostgreSQL and SQLite have in common. */
export const standardSql: Standard = {
  id: (id) => id,
  readId: (value) => String(value),
  idText: (column) => raw(`cast(${column} as text)`),
  jsonId: (id) => id,
  fromJsonId: (column) => raw(column),
  updateFrom: ({ table, from, joins, on, set }) =>
    `update ${table} as d set ${assignments(set)} from ${from}${joins ? ` ${joins}` : ''} where ${on}`,
  deleteFrom: ({ table, from, key, value }) =>
    `delete from ${table} where ${key} in (select ${value} from ${from})`,
  lookup: (table, alias) => raw(`join ${table} ${alias}`),
  insertIgnore: (table, columns, values) =>
    `insert into ${table} (${columns.join(', ')}) ${values} on conflict do nothing`,
  selectBriefly: raw('select'),
  firstDue: { hint: empty, order: raw('d.due_at') },
  tableWait: undefined,
  emptyLogSql: undefined,
  journalModeSql: undefined,
}

/** Changes nothing and reads nothing: for its answer only. */
export const probeSql = 'select 1'

/** A row that there never is. */
export function writeProbe({ meta }: Tables): Sql {
  return sql`update ${meta} set value = value where name = ''`
}

/** Alike in every database. */
export const savepointSql = {
  set: (name: string) => `savepoint ${name}`,
  release: (name: string) => `release savepoint ${name}`,
  rollBack: (name: string) => `rollback to savepoint ${name}`,
}
