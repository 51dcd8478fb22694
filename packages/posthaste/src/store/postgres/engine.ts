import type { Engine, JsonColumns } from '../engine.ts'
import { statementsOf } from '../migrations.ts'
import { raw, type Sql } from '../sql.ts'
import { standardSql } from '../standard-sql.ts'
import { namedTables } from '../tables.ts'
import { bookkeeping, initial } from './0001-initial.ts'
import { addOneSql } from './add-one-sql.ts'

export function postgresEngine(schema: string): Engine {
  const quoted = `"${schema.replaceAll('"', '""')}"`
  const tables = namedTables((table) => `${quoted}."${table}"`)
  const engine: Engine = {
    ...standardSql,
    kind: 'postgres',
    tables,
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
    bookkeeping: () => statementsOf(bookkeeping(tables, quoted)),
    initialTables: () => [...statementsOf(initial(tables)), addOneSql(engine)],
  }
  return engine
}

function jsonRows(alias: string, columns: JsonColumns): Sql {
  const types = { id: 'uuid', text: 'text', bigint: 'bigint', integer: 'integer' }
  const list = Object.entries(columns).map(([name, type]) => `${name} ${types[type]}`)
  return raw(`json_to_recordset(?::text::json) as ${alias}(${list.join(', ')})`)
}
