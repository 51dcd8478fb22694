import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SchemableIdentifierNode,
  sql,
} from 'kysely'
import { compileOnly, TablesPlugin } from '../compile-only.ts'
import type { ColumnTypes, Engine, JsonColumns } from '../engine.ts'
import { raw, type Sql } from '../sql.ts'
import { standardSql } from '../standard-sql.ts'
import { namedTables } from '../tables.ts'

export function postgresEngine(schema: string): Engine {
  const quoted = `"${schema.replaceAll('"', '""')}"`
  const tables = namedTables((table) => `${quoted}."${table}"`)
  return {
    ...standardSql,
    kind: 'postgres',
    tables,
    build: compileOnly(
      {
        adapter: new PostgresAdapter(),
        compiler: new QuestionMarkCompiler(),
        introspector: (db) => new PostgresIntrospector(db),
      },
      new TablesPlugin((table) => SchemableIdentifierNode.createWithSchema(schema, table)),
    ),
    types,
    jsonRows,
    cast: (type) => raw(`::${type}`),
    skipLocked: raw(' for update skip locked'),
    forUpdate: raw(' for update'),
    skipLockedOfD: raw(' for update of d skip locked'),
    forUpdateOfD: raw(' for update of d'),
    tellsTransaction: false,
    migrationLock: {
      lock: `select pg_advisory_xact_lock(hashtext('posthaste migrate ${schema.replaceAll("'", "''")}'))`,
      unlock: undefined,
    },
    beforeTables: [`create schema if not exists ${quoted}`],
    afterTables: [
      // Mail is compressed badly by PostgreSQL's own means and read whole: keep it as it is, out of line.
      `alter table ${tables.body} alter column mime set storage external`,
      `alter table ${tables.chunk} alter column data set storage external`,
      // A queue's rows die young: vacuum by count, not by share of a table that grows.
      `alter table ${tables.delivery} set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`,
    ],
  }
}

const types: ColumnTypes = {
  id: sql`uuid`,
  time: sql`bigint`,
  small: sql`smallint`,
  integer: sql`integer`,
  bytes: sql`bytea`,
  text: sql`text`,
  // Byte order makes a prefix search a range of the index, whatever the database's locale.
  key: (length) => sql.raw(`varchar(${length}) collate "C"`),
}

function jsonRows(alias: string, columns: JsonColumns): Sql {
  const types = { id: 'uuid', text: 'text', bigint: 'bigint', integer: 'integer' }
  const list = Object.entries(columns).map(([name, type]) => `${name} ${types[type]}`)
  return raw(`json_to_recordset(?::text::json) as ${alias}(${list.join(', ')})`)
}

/** Every statement is written with `?`; the executor numbers them. */
class QuestionMarkCompiler extends PostgresQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '?'
  }
}
