import type { Engine, JsonColumns } from '../engine.ts'
import { statementsOf } from '../migrations.ts'
import { bytesOrNull } from '../rows.ts'
import { nowSql } from '../server.ts'
import { empty, raw, type Sql } from '../sql.ts'
import { standardSql } from '../standard-sql.ts'
import { namedTables } from '../tables.ts'
import { bookkeeping, initial } from './0001-initial.ts'
import { sqliteTurn } from './turn.ts'

export function sqliteEngine(prefix: string): Engine {
  const tables = namedTables((table) => `"${prefix}${table}"`)
  return {
    ...standardSql,
    kind: 'sqlite',
    tables,
    jsonRows,
    cast: () => empty,
    locks: {
      rows: empty,
      freeRows: empty,
      rowsOf: () => empty,
      inOrder: () => empty,
      freeInOrder: () => empty,
    },
    turn: sqliteTurn,
    selectBytes: raw,
    readBytes: (value) => bytesOrNull(value) ?? undefined,
    tableProbeSql: undefined,
    hasPartialIndexes: true,
    migratesOnOpen: true,
    rights: undefined,
    writeProbeSql: undefined,
    emptyLogSql: raw('pragma wal_checkpoint(truncate)'),
    journalModeSql: raw('pragma journal_mode'),
    server: { name: 'SQLite', versionSql: 'select sqlite_version() as version', oldest: [3, 35] },
    tellsTransaction: false,
    migrationLock: undefined,
    nowSql: nowSql.sqlite,
    bookkeeping: () => statementsOf(bookkeeping(tables)),
    initialTables: () => statementsOf(initial(tables, prefix)),
  }
}

function jsonRows(alias: string, columns: JsonColumns): Sql {
  const list = Object.keys(columns).map((name) => `json_extract(value, '$.${name}') as ${name}`)
  return raw(`(select ${list.join(', ')} from json_each(?)) as ${alias}`)
}
