import { readCommitted } from '../connections/sqlite.ts'
import type { SqliteHandle } from '../connections/sqlite-handle.ts'
import { libraryOf, rememberLibrary } from '../connections/sqlite-library.ts'
import { PosthasteError } from '../errors.ts'
import { newId } from '../ids.ts'
import { addAtOnce, openMails, openMore } from '../store/add/add.ts'
import type { WrittenContents } from '../store/add/content-steps.ts'
import { deleteHold, type Hold, insertHold, isCommitted, stillHeld } from '../store/add/hold.ts'
import type { Added, NewEntry } from '../store/add/new-mail.ts'
import { deliver, fill } from '../store/add/stepwise-add.ts'
import { isMissingTable } from '../store/database-errors.ts'
import type { Engine } from '../store/engine.ts'
import { ensureTables } from '../store/sqlite/ensure-tables.ts'
import { runSteps, runStepsSync, type Steps } from '../store/statement.ts'
import type { SyncHandle } from '../transactions/transaction-handle.ts'
import { disposeBody } from './compose.ts'
import type { Enqueueing } from './enqueue.ts'
import { entriesOf, type Incoming } from './incoming.ts'
import { kindFor, ownEngine, refuseOtherFile } from './same-database.ts'
import { asUserError } from './user-error.ts'

/** The app's own synchronous transaction, found to be the right one. */
export interface SyncHeld {
  readonly handle: SyncHandle
  readonly engine: Engine
  readonly hold: Hold
}

const always = { sql: '1 = 1', params: [] }

/** The mail row goes in at once; where a stream must be read first, the rest follows if the transaction is still the same. */
export async function addInSync(
  queue: Enqueueing,
  handle: SyncHandle,
  { incoming, bounds }: { incoming: Incoming; bounds: SyncHeld | undefined },
): Promise<Added[]> {
  if (bounds) await refuseOutside(bounds)
  const bodies = incoming.now()
  if (bodies) return addNow(queue, handle, entriesOf(incoming, bodies))
  const engine = enter(queue, handle)
  execute(handle, openMails(incoming.mails, always, engine))
  const entries = entriesOf(incoming, await incoming.later())
  try {
    await refuseEnded({ handle, engine, hold: { by: 'mails' } }, entries[0]?.mail.id)
    return execute(handle, close(entries, new WeakSet(), engine))
  } finally {
    for (const { body } of entries) disposeBody(body)
  }
}

export function addNow(queue: Enqueueing, handle: SyncHandle, entries: readonly NewEntry[]): Added[] {
  const engine = enter(queue, handle)
  try {
    return execute(handle, addAtOnce(entries, { written: new WeakSet() }, engine))
  } finally {
    for (const { body } of entries) disposeBody(body)
  }
}

/** Holds the transaction for a call of many mails. */
export function holdSync(queue: Enqueueing, handle: SyncHandle): SyncHeld {
  const engine = enter(queue, handle)
  const token = newId()
  execute(handle, insertHold(token, always, engine))
  return { handle, engine, hold: { by: 'row', token } }
}

export function letGoSync({ handle, engine, hold }: SyncHeld): void {
  if (hold.by !== 'row' || !handle.isOpen()) return
  try {
    execute(handle, deleteHold(hold.token, engine))
  } catch {
    // What is stored is stored: a hold that stays behind is a row that means nothing.
  }
}

/** After waiting, call this before the next part. @throws {PH_TRANSACTION_ENDED} */
export async function refuseEnded({ handle, engine, hold }: SyncHeld, mailId?: string): Promise<void> {
  const committed =
    handle.file !== undefined && (await isVisible(handle.key, isCommitted(hold, mailId, engine)))
  if (committed && hold.by === 'row') runStepsSync(deleteHold(hold.token, engine), handle.run)
  if (committed || !handle.isOpen()) throw new PosthasteError('PH_TRANSACTION_ENDED')
}

/** What is held by a row is found where that is seen, but not by others. @throws {PH_TRANSACTION_ENDED} */
export async function refuseOutside(bounds: SyncHeld): Promise<void> {
  refuseGone(bounds)
  await refuseEnded(bounds)
  refuseGone(bounds)
}

function refuseGone({ handle, engine, hold }: SyncHeld): void {
  const { sql, params } = stillHeld(hold, engine)
  if (handle.run(`select 1 as held where ${sql}`, params).rows.length === 0)
    throw new PosthasteError('PH_TRANSACTION_ENDED', 'that of within() is over')
}

/** Tables that nobody else sees were made in the app's transaction. */
async function isVisible(app: SqliteHandle, asked: Steps<boolean>): Promise<boolean> {
  try {
    return await readCommitted(app, (executor) => runSteps(asked, executor))
  } catch (error) {
    if (isMissingTable(error)) return false
    throw error
  }
}

/** Some of the mails of such a call. @throws {PH_TRANSACTION_ENDED} */
export function storeHeldSync(
  { handle, engine, hold }: SyncHeld,
  entries: readonly NewEntry[],
  written: WrittenContents,
): Added[] {
  if (!handle.isOpen()) throw new PosthasteError('PH_TRANSACTION_ENDED')
  const mails = entries.map(({ mail }) => mail)
  try {
    return execute(
      handle,
      (function* () {
        yield* openMore(mails, stillHeld(hold, engine), engine)
        return yield* close(entries, written, engine)
      })(),
    )
  } finally {
    for (const { body } of entries) disposeBody(body)
  }
}

function* close(entries: readonly NewEntry[], written: WrittenContents, engine: Engine): Steps<Added[]> {
  return yield* deliver(yield* fill(entries, written, engine), engine)
}

/** Checks that this is an open transaction of the queue's file, with its tables: made here where they are missing, for the app holds the write lock. */
function enter({ settings, clock }: Enqueueing, handle: SyncHandle): Engine {
  kindFor(settings.database, handle)
  if (!handle.isOpen()) throw new PosthasteError('PH_NO_TRANSACTION', `a ${handle.name} without one`)
  refuseOtherFile(settings.database, handle)
  if (handle.file !== undefined) rememberLibrary(libraryOf(handle.key), handle.file)
  const engine = ownEngine(settings)
  execute(handle, ensureTables(engine, clock.now()))
  return engine
}

/** Half an enqueue is undone, whatever the app does with the error: SQLite's savepoints cost nothing. */
function execute<T>(handle: SyncHandle, steps: Steps<T>): T {
  try {
    handle.run('savepoint posthaste', [])
    return undoing(handle, steps)
  } catch (error) {
    throw asUserError(error)
  }
}

function undoing<T>(handle: SyncHandle, steps: Steps<T>): T {
  try {
    const value = runStepsSync(steps, handle.run)
    handle.run('release posthaste', [])
    return value
  } catch (error) {
    if (handle.isOpen()) {
      handle.run('rollback to posthaste', [])
      handle.run('release posthaste', [])
    }
    throw error
  }
}
