import { closeSync, openSync, statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PosthasteError } from '../errors.ts'
import { isError } from '../foreign.ts'
import { isReadOnlyFile } from '../store/database-errors.ts'
import type { Database, Executor } from './database.ts'
import { fileOf, type SqliteHandle, type SqliteStatements, statements } from './sqlite-handle.ts'
import { isNew, preferWal } from './sqlite-journal.ts'
import { isOutdated, libraryOf, type SqliteLibrary, sqliteLibrary } from './sqlite-library.ts'
import { readerBeside } from './sqlite-reader.ts'
import { inside, outside, retrying } from './sqlite-wait.ts'

export { isSqliteHandle } from './sqlite-handle.ts'

export async function openSqlite(source: string | SqliteHandle): Promise<Database> {
  const shared = typeof source !== 'string' && fileOf(source) === undefined
  let handle = shared ? source : await openOwn(source)
  const turn = taker()
  const reader = shared ? undefined : readerBeside(() => handle)
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
      return work(handle).catch((error) => {
        throw isReadOnlyFile(error) ? readOnly(fileOf(handle), error) : error
      })
    })
  return {
    kind: 'sqlite',
    flavour: 'sqlite',
    file: fileOf(handle),
    query: (sql, params) =>
      onHandle((one) => retrying(() => outside(one, () => statements(one).run(sql, params)))),
    transaction: (work) => onHandle((one) => inTransaction(one, statements(one).run, work)),
    ...(reader && { reader }),
    now: async () => Date.now(),
    close: async () => {
      if (shared) return
      await turn(async () => {
        if (retired.has(handle)) return
        reader?.close()
        handle.close?.()
      })
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
    if (await retrying(() => isNew(opened))) preferWal(opened)
    return opened
  } catch (cause) {
    handle?.close?.()
    if (cause instanceof PosthasteError) throw cause
    if (isReadOnlyFile(cause)) throw readOnly(file, cause)
    throw new PosthasteError(
      'PH_DATABASE_UNREACHABLE',
      `${file}: ${isError(cause) ? cause.message : cause}`,
      { cause },
    )
  }
}

function readOnly(file: string | undefined, cause: unknown): PosthasteError {
  return new PosthasteError('PH_SQLITE_READ_ONLY', file, { cause })
}

/** What is erased is overwritten: else it stays readable in the file until its place is used again. */
const settings = 'pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on'

/** A new file is for its owner alone, since it holds mail; SQLite gives its log the same mode. What goes wrong here is met when it is opened. */
function createPrivate(file: string): void {
  if (file === '' || file === ':memory:') return
  try {
    closeSync(openSync(file, 'ax', 0o600))
  } catch {}
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
