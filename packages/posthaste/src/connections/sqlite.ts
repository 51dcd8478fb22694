import { setTimeout as pause } from 'node:timers/promises'
import { PosthasteError } from '../errors.ts'
import { isError } from '../is-error.ts'
import type { Database, Executor, Result } from './database.ts'
import { isSqliteBusy, type SqliteHandle, type SqliteStatements, statements } from './sqlite-handle.ts'

export { isSqliteHandle } from './sqlite-handle.ts'

/** How long a write is tried again while another process writes. */
const busyFor = 30_000

export async function openSqlite(source: string | SqliteHandle): Promise<Database> {
  const shared = typeof source !== 'string' && fileOf(source) === undefined
  const handle = shared
    ? source
    : await openFile(typeof source === 'string' ? source : (fileOf(source) ?? ''))
  const { run } = statements(handle)
  const turn = taker()
  return {
    kind: 'sqlite',
    flavour: 'sqlite',
    file: fileOf(handle),
    query: (sql, params) => turn(() => retrying(() => outside(handle, () => run(sql, params)))),
    transaction: (work) => turn(() => inTransaction(handle, run, work)),
    now: async () => Date.now(),
    close: async () => {
      if (!shared) await turn(async () => handle.close?.())
    },
  }
}

/**
 * The queue's own connection, also where the app gave its handle: two writers on one handle would share transactions.
 * The busy time-out is nil: waiting inside SQLite would freeze the app's event loop, and with it the very transaction waited for.
 */
async function openFile(file: string): Promise<SqliteHandle> {
  const { DatabaseSync } = await import('node:sqlite')
  try {
    const handle = new DatabaseSync(file, { timeout: 0 })
    await retrying(() =>
      handle.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on'),
    )
    return handle
  } catch (cause) {
    if (cause instanceof PosthasteError) throw cause
    throw new PosthasteError(
      'PH_DATABASE_UNREACHABLE',
      `${file}: ${isError(cause) ? cause.message : cause}`,
      { cause },
    )
  }
}

/** Reads what is committed, on a connection for this once; no writer is waited for longer than its commit takes. */
export async function readCommitted<T>(file: string, read: (executor: Executor) => Promise<T>): Promise<T> {
  const { DatabaseSync } = await import('node:sqlite')
  const handle = await retrying(() => new DatabaseSync(file, { readOnly: true, timeout: 0 }))
  try {
    const { run } = statements(handle)
    return await read({ query: (sql, params) => retrying(() => run(sql, params)) })
  } finally {
    handle.close()
  }
}

export function fileOf(handle: SqliteHandle): string | undefined {
  if (handle.memory === true) return undefined
  const file = typeof handle.location === 'function' ? handle.location() : handle.name
  return file === '' || file === ':memory:' || file === null ? undefined : file
}

async function inTransaction<T>(
  handle: SqliteHandle,
  run: SqliteStatements['run'],
  work: (tx: Executor) => Promise<T>,
): Promise<T> {
  await retrying(() => outside(handle, () => run('begin immediate')))
  try {
    const value = await work({ query: async (sql, params) => run(sql, params) })
    await retrying(() => run('commit'))
    return value
  } catch (error) {
    if (inside(handle)) run('rollback')
    throw error
  }
}

/** A handle shared with the app (a database in memory) may be inside the app's transaction: our statement waits for its end. */
function outside(handle: SqliteHandle, statement: () => Result): Result {
  if (inside(handle)) throw new AppTransactionOpen()
  return statement()
}

export function inside(handle: SqliteHandle): boolean {
  return (handle.inTransaction ?? handle.isTransaction) === true
}

class AppTransactionOpen extends Error {}

async function retrying<T>(step: () => T): Promise<T> {
  const end = performance.now() + busyFor
  for (let wait = 1; ; wait = Math.min(40, wait * 1.6)) {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof AppTransactionOpen) && !isSqliteBusy(error)) throw error
      if (performance.now() > end) throw new PosthasteError('PH_DATABASE_BUSY', undefined, { cause: error })
      await pause(wait * (0.5 + Math.random()))
    }
  }
}

/** One piece of work at a time on the one connection. */
function taker(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
}
