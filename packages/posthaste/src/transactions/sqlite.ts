import { fileOf, inside } from '../connections/sqlite.ts'
import { isSqliteHandle, statements } from '../connections/sqlite-handle.ts'
import type { TransactionHandle } from './transaction-handle.ts'

/** A node:sqlite DatabaseSync or a better-sqlite3 Database with a transaction open on it. */
export function sqliteTransaction(value: object): TransactionHandle | undefined {
  if (!isSqliteHandle(value)) return undefined
  return {
    kind: 'sqlite',
    key: value,
    name: 'pragma' in value ? 'better-sqlite3 database' : 'node:sqlite database',
    run: (sql, params) => statements(value).run(sql, params),
    isOpen: () => inside(value),
    file: fileOf(value),
  }
}
