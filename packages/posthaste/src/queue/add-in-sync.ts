import { PosthasteError } from '../errors.ts'
import { addAtOnce, atOnce, closeAdd, openAdd } from '../store/add/add.ts'
import type { Added, NewEntry } from '../store/add/new-mail.ts'
import type { Dialect } from '../store/dialect.ts'
import { ensureTables } from '../store/migrate.ts'
import { sqliteDialect } from '../store/sqlite.ts'
import { runStepsSync, type Steps } from '../store/statement.ts'
import type { SyncHandle } from '../transactions/transaction-handle.ts'
import { disposeBody } from './compose.ts'
import type { Enqueueing } from './enqueue.ts'
import type { Incoming } from './enqueue-in.ts'
import { kindFor, refuseOtherFile } from './same-database.ts'
import { asUserError } from './user-error.ts'

/** The mail row goes in at once; where a stream must be read first, the rest follows if the transaction is still the same. */
export async function addInSync(queue: Enqueueing, handle: SyncHandle, incoming: Incoming): Promise<Added[]> {
  const { mails } = incoming
  const bodies = incoming.now()
  if (bodies)
    return addNow(
      queue,
      handle,
      mails.flatMap((mail, i) => (bodies[i] ? [{ mail, body: bodies[i] }] : [])),
    )
  const dialect = enter(queue, handle)
  execute(handle, openAdd(mails, dialect))
  const read = await incoming.later()
  try {
    if (!handle.isOpen()) throw new PosthasteError('PH_TRANSACTION_ENDED')
    return execute(
      handle,
      closeAdd(
        mails.flatMap((mail, i) => (read[i] ? [{ mail, body: read[i] }] : [])),
        atOnce,
        dialect,
      ),
    )
  } finally {
    read.forEach(disposeBody)
  }
}

export function addNow(queue: Enqueueing, handle: SyncHandle, entries: readonly NewEntry[]): Added[] {
  const dialect = enter(queue, handle)
  try {
    return execute(handle, addAtOnce(entries, atOnce, dialect))
  } finally {
    for (const { body } of entries) disposeBody(body)
  }
}

const dialects = new Map<string, Dialect>()
const withTables = new WeakSet<object>()

/** Checks that this is an open transaction of the queue's file, with its tables: made here where they are missing, for the app holds the write lock. */
function enter({ settings, clock }: Enqueueing, handle: SyncHandle): Dialect {
  kindFor(settings.database, handle)
  if (!handle.isOpen()) throw new PosthasteError('PH_NO_TRANSACTION', `a ${handle.name} without one`)
  refuseOtherFile(settings.database, handle)
  const dialect = dialects.get(settings.prefix) ?? sqliteDialect(settings.prefix)
  dialects.set(settings.prefix, dialect)
  if (!withTables.has(handle.key) && execute(handle, ensureTables(dialect, clock.now())))
    withTables.add(handle.key)
  return dialect
}

/** Half an enqueue is undone, whatever the app does with the error: SQLite's savepoints cost nothing. */
function execute<T>(handle: SyncHandle, steps: Steps<T>): T {
  handle.run('savepoint posthaste', [])
  try {
    const value = runStepsSync(steps, handle.run)
    handle.run('release posthaste', [])
    return value
  } catch (error) {
    if (handle.isOpen()) {
      handle.run('rollback to posthaste', [])
      handle.run('release posthaste', [])
    }
    throw asUserError(error)
  }
}
