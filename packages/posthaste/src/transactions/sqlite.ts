import { isLibsql } from '../connections/libsql.ts'
import { fileOf, isSqliteHandle, statements } from '../connections/sqlite-handle.ts'
import { inside } from '../connections/sqlite-wait.ts'
import type { TransactionHandle } from './transaction-handle.ts'

/** A connection of node:sqlite, better-sqlite3, bun:sqlite or libsql with a transaction open on it. */
export function sqliteTransaction(value: object): TransactionHandle | undefined {
  if (!isSqliteHandle(value)) return undefined
  return {
    kind: 'sqlite',
    key: value,
    name: `${libraryName(value)} database`,
    run: (sql, params) => statements(value).run(sql, params),
    isOpen: () => inside(value),
    file: fileOf(value),
  }
}

function libraryName(handle: object): string {
  if ('location' in handle) return 'node:sqlite'
  if ('filename' in handle) return 'bun:sqlite'
  return isLibsql(handle) ? 'libsql' : 'better-sqlite3'
}
