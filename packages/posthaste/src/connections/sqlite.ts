import { closeSync, openSync, statSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { PosthasteError } from '../errors.ts'
import { isError } from '../foreign.ts'
import { isBusy } from '../store/database-errors.ts'
import type { Database, Executor, Result } from './database.ts'
import { type SqliteHandle, type SqliteStatements, statements } from './sqlite-handle.ts'
import { isOutdated, libraryOf, type SqliteLibrary, sqliteLibrary } from './sqlite-library.ts'

export { isSqliteHandle } from './sqlite-handle.ts'

/** How long a write is tried again while another process writes. */
const busyFor = 30_000

export async function openSqlite(source: string | SqliteHandle): Promise<Database> {
  const shared = typeof source !== 'string' && fileOf(source) === undefined
  let handle = shared ? source : await openOwn(source)
  const turn = taker()
  const file = shared ? undefined : fileOf(handle)
  let opened = fileIdentity(file)
  /** What is written to a file that has no name any more is lost with it: the call fails by name, and the next one finds the new file. */
  const followFile = async () => {
    const current = fileIdentity(file)
    if (current === opened) return
    if (current !== undefined) {
      retired.add(handle)
      handle = await openOwn(source)
      opened = fileIdentity(file)
    }
    throw new PosthasteError('PH_DATABASE_UNREACHABLE', `${file} was replaced or removed while it was open`)
  }
  const onHandle = <T>(work: (handle: SqliteHandle) => Promise<T>) =>
    turn(async () => {
      if (typeof source === 'string' && isOutdated(handle, source)) {
        retired.add(handle)
        handle = await openOwn(source)
      }
      await followFile()
      return work(handle)
    })
  return {
    kind: 'sqlite',
    flavour: 'sqlite',
    file: fileOf(handle),
    query: (sql, params) =>
      onHandle((one) => retrying(() => outside(one, () => statements(one).run(sql, params)))),
    transaction: (work) => onHandle((one) => inTransaction(one, statements(one).run, work)),
    now: async () => Date.now(),
    close: async () => {
      if (!shared) await turn(async () => !retired.has(handle) && handle.close?.())
    },
  }
}

/** Which file a path names now; undefined where there is none. */
export function fileIdentity(file: string | undefined): string | undefined {
  const found = file === undefined ? undefined : statSync(file, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}

// Never closed: that would take away the locks of the app's own SQLite.
const retired = new Set<SqliteHandle>()

function openOwn(source: string | SqliteHandle): Promise<SqliteHandle> {
  if (typeof source === 'string') return openFile(source, () => sqliteLibrary(source))
  return openFile(fileOf(source) ?? '', async () => libraryOf(source))
}

/**
 * The queue's own connection, also where the app gave its handle: two writers on one handle would share transactions.
 * The busy time-out is nil: waiting inside SQLite would freeze the app's event loop, and with it the very transaction waited for.
 */
async function openFile(file: string, library: () => Promise<SqliteLibrary>): Promise<SqliteHandle> {
  const Connection = await library()
  createPrivate(file)
  let handle: SqliteHandle | undefined
  try {
    // A Bun that is given any option wants these, too.
    const opened = new Connection(file, { timeout: 0, readwrite: true, create: true })
    handle = opened
    await retrying(() => opened.exec(settings))
    return opened
  } catch (cause) {
    handle?.close?.()
    if (cause instanceof PosthasteError) throw cause
    throw new PosthasteError(
      'PH_DATABASE_UNREACHABLE',
      `${file}: ${isError(cause) ? cause.message : cause}`,
      { cause },
    )
  }
}

/** What is erased is overwritten: else it stays readable in the file until its place is used again. */
const settings =
  'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on'

/** A new file is for its owner alone, since it holds mail; SQLite gives its log the same mode. What goes wrong here is met when it is opened. */
function createPrivate(file: string): void {
  if (file === '' || file === ':memory:') return
  try {
    closeSync(openSync(file, 'ax', 0o600))
  } catch {}
}

/** Reads what is committed, on a connection for this once beside the app's; no writer is waited for longer than its commit takes. */
export async function readCommitted<T>(
  app: SqliteHandle,
  read: (executor: Executor) => Promise<T>,
): Promise<T> {
  const Connection = libraryOf(app)
  const file = fileOf(app) ?? ''
  const handle = await retrying(() => new Connection(file, { ...readOnly(app), timeout: 0 }))
  try {
    const { run } = statements(handle)
    return await read({ query: (sql, params) => retrying(() => run(sql, params)) })
  } finally {
    handle.close?.()
  }
}

/** Bun refuses node:sqlite's spelling. */
function readOnly(app: SqliteHandle): { readOnly: true } | { readonly: true } {
  return 'location' in app ? { readOnly: true } : { readonly: true }
}

export function fileOf(handle: SqliteHandle): string | undefined {
  if (handle.memory === true) return undefined
  const file = typeof handle.location === 'function' ? handle.location() : handle.name || mainFile(handle)
  return file === '' || file === ':memory:' || file === null ? undefined : file
}

const mainFiles = new WeakMap<SqliteHandle, string>()

/** bun:sqlite and libsql do not tell it. */
function mainFile(handle: SqliteHandle): string {
  const known = mainFiles.get(handle)
  if (known !== undefined) return known
  const { rows } = statements(handle).run('pragma database_list')
  const file = String(rows.find(({ name }) => name === 'main')?.file ?? '')
  mainFiles.set(handle, file)
  return file
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
      if (!(error instanceof AppTransactionOpen) && !isBusy(error)) throw error
      if (performance.now() > end) throw new PosthasteError('PH_DATABASE_BUSY', undefined, { cause: error })
      await pause(wait * (0.5 + Math.random()))
    }
  }
}

/** One piece of work at a time on the one connection. SQLite works in this thread, so a long row of pieces lets the event loop turn in between. */
function taker(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  const breathe = breather()
  return (work) => {
    const mine = last.then(async () => {
      await breathe()
      return work()
    })
    last = mine.catch(() => {})
    return mine
  }
}

/** For how long this thread may work within one turn of the event loop. Milliseconds. */
const breathEvery = 20

/** Waits for the next turn of the event loop where this one has taken long. */
function breather(): () => Promise<void> {
  let began: number | undefined
  return async () => {
    if (began === undefined) {
      began = performance.now()
      setImmediate(() => {
        began = undefined
      })
    } else if (performance.now() - began > breathEvery) await nextTurn()
  }
}
