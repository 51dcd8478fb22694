import { SchemableIdentifierNode, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import { compileOnly, TablesPlugin } from '../compile-only.ts'
import type { ColumnTypes, Engine, JsonColumns } from '../engine.ts'
import { empty, raw, type Sql } from '../sql.ts'
import { standardSql } from '../standard-sql.ts'
import { namedTables } from '../tables.ts'

export function sqliteEngine(prefix: string): Engine {
  return {
    ...standardSql,
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
    types,
    jsonRows,
    cast: () => empty,
    skipLocked: empty,
    forUpdate: empty,
    skipLockedOfD: empty,
    forUpdateOfD: empty,
    tellsTransaction: false,
    migrationLock: undefined,
    beforeTables: [],
    afterTables: [],
  }
}

const types: ColumnTypes = {
  id: sql`text`,
  time: sql`integer`,
  small: sql`integer`,
  integer: sql`integer`,
  bytes: sql`blob`,
  text: sql`text`,
  key: () => sql`text`,
}

function jsonRows(alias: string, columns: JsonColumns): Sql {
  const list = Object.keys(columns).map((name) => `json_extract(value, '$.${name}') as ${name}`)
  return raw(`(select ${list.join(', ')} from json_each(?)) as ${alias}`)
}
