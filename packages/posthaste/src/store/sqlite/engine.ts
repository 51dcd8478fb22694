import type { Engine, JsonColumns } from '../engine.ts'
import { statementsOf } from '../migrations.ts'
import { empty, raw, type Sql } from '../sql.ts'
import { standardSql } from '../standard-sql.ts'
import { namedTables } from '../tables.ts'
import { bookkeeping, initial } from './0001-initial.ts'

export function sqliteEngine(prefix: string): Engine {
  const tables = namedTables((table) => `"${prefix}${table}"`)
  return {
    ...standardSql,
    kind: 'sqlite',
    tables,
    jsonRows,
    cast: () => empty,
    skipLocked: empty,
    forUpdate: empty,
    skipLockedOfD: empty,
    forUpdateOfD: empty,
    tellsTransaction: false,
    migrationLock: undefined,
    bookkeeping: () => statementsOf(bookkeeping(tables)),
    initialTables: () => statementsOf(initial(tables, prefix)),
  }
}

function jsonRows(alias: string, columns: JsonColumns): Sql {
  const list = Object.keys(columns).map((name) => `json_extract(value, '$.${name}') as ${name}`)
  return raw(`(select ${list.join(', ')} from json_each(?)) as ${alias}`)
}
