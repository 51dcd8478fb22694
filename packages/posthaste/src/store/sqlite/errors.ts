import type { EngineErrors } from '../engine.ts'

const busy = ['SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_BUSY_TIMEOUT']

/** node:sqlite tells numbers, better-sqlite3 names. */
const numbers: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  261: 'SQLITE_BUSY_RECOVERY',
  262: 'SQLITE_LOCKED_SHAREDCACHE',
  517: 'SQLITE_BUSY_SNAPSHOT',
  773: 'SQLITE_BUSY_TIMEOUT',
}

export const sqliteErrors: EngineErrors = {
  // A transaction that has read wants to write after another did: only a new one may.
  retryable: new Set(['SQLITE_BUSY_SNAPSHOT']),
  busy: new Set([...busy, 'SQLITE_LOCKED_SHAREDCACHE']),
  unreachable: new Set(),
  unreachableWords: /(?!)/,
  missingTable: new Set(),
  forbidden: new Set(),
  alreadyThere: new Set(),
  codeOfNumber: (number) => numbers[number] ?? '',
}
