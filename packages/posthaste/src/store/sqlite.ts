import { SchemableIdentifierNode, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import { compileOnly, TablesPlugin } from './compile-only.ts'
import { assignments, type Dialect } from './dialect.ts'
import { namedTables } from './tables.ts'

export function sqliteDialect(prefix: string): Dialect {
  return {
    kind: 'sqlite',
    tables: namedTables((table) => `"${prefix}${table}"`),
    build: compileOnly(
      {
        adapter: new SqliteAdapter(),
        compiler: new SqliteQueryCompiler(),
        introspector: (db) => new SqliteIntrospector(db),
      },
      new TablesPlugin((table) => SchemableIdentifierNode.create(`${prefix}${table}`)),
    ),
    types: {
      id: sql`text`,
      time: sql`integer`,
      small: sql`integer`,
      integer: sql`integer`,
      bytes: sql`blob`,
      text: sql`text`,
      key: () => sql`text`,
    },
    id: (id) => id,
    readId: (value) => String(value),
    jsonRows: (alias, columns) => {
      const list = Object.keys(columns).map((name) => `json_extract(value, '$.${name}') as ${name}`)
      return `(select ${list.join(', ')} from json_each(?)) as ${alias}`
    },
    jsonId: (id) => id,
    fromJsonId: (column) => column,
    updateFrom: ({ table, from, joins, on, set }) =>
      `update ${table} as d set ${assignments(set)} from ${from}${joins ? ` ${joins}` : ''} where ${on}`,
    deleteFrom: ({ table, from, key, value }) =>
      `delete from ${table} where ${key} in (select ${value} from ${from})`,
    lookup: (table, alias) => `join ${table} ${alias}`,
    cast: () => '',
    skipLocked: '',
    forUpdate: '',
    returning: true,
    tellsTransaction: false,
    insertIgnore: (table, columns, values) =>
      `insert into ${table} (${columns.join(', ')}) ${values} on conflict do nothing`,
    migrationLock: undefined,
    beforeTables: [],
    partialIndexes: true,
    afterTables: [],
    tableSuffix: '',
  }
}
