import type { Engine, JsonColumns } from '../engine.ts'
import { statementsOf } from '../migrations.ts'
import { nowSql } from '../server.ts'
import { raw, type Sql } from '../sql.ts'
import { standardSql, writeProbe } from '../standard-sql.ts'
import { namedTables } from '../tables.ts'
import { bookkeeping, initial } from './0001-initial.ts'
import { addOneCall, addOneSql } from './add-one-sql.ts'
import { postgresRights } from './rights.ts'
import { postgresTurn } from './turn.ts'

const versionSql =
  "select current_setting('server_version') as version, current_setting('server_encoding') as encoding"

export function postgresEngine(schema: string): Engine {
  const quoted = `"${schema.replaceAll('"', '""')}"`
  const tables = namedTables((table) => `${quoted}."${table}"`)
  const engine: Engine = {
    ...standardSql,
    kind: 'postgres',
    tables,
    jsonRows,
    cast: (type) => raw(`::${type}`),
    locks: {
      rows: raw(' for update'),
      freeRows: raw(' for update skip locked'),
      rowsOf: (alias) => raw(` for update of ${alias}`),
      // The order is said, for PostgreSQL joins in any, and would lock the other tables, too.
      inOrder: (key) => raw(` order by d.${key} for update of d`),
      freeInOrder: (key) => raw(` order by d.${key} for update of d skip locked`),
    },
    turn: postgresTurn,
    // pg reads bytes as hexadecimal text of twice their size: with it, 100 MB attached took 74–79 MB more, with base64
    // 36–50.
    selectBytes: (column) => raw(`translate(encode(${column}, 'base64'), E'\\n', '') as ${column}`),
    readBytes: (value) => (typeof value === 'string' ? Buffer.from(value, 'base64') : undefined),
    tableProbeSql: 'select to_regclass(?::text)::text as name',
    hasPartialIndexes: true,
    migratesOnOpen: false,
    server: { name: 'PostgreSQL', versionSql, oldest: [13, 0] },
    rights: postgresRights({ schema, tables, addMail: addOneCall(tables) }),
    tellsTransaction: false,
    writeProbeSql: writeProbe(tables),
    migrationLock: {
      lock: `select pg_advisory_xact_lock(hashtext('posthaste migrate ${schema.replaceAll("'", "''")}'))`,
      unlock: [],
    },
    nowSql: nowSql.postgres,
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
