import { libraryOf, rememberLibrary } from '../../connections/sqlite-library.ts'
import { readCommitted } from '../../connections/sqlite-reader.ts'
import { isPosthasteError, PosthasteError } from '../../errors.ts'
import { tentatively } from '../../store/add/contents.ts'
import type { Enqueued, NewEntry } from '../../store/add/new-mail.ts'
import { isMissingTable } from '../../store/database-errors.ts'
import { enqueueStoreFor } from '../../store/engine-for.ts'
import type { EnqueueStore, StoreGuard } from '../../store/enqueue-store.ts'
import { ensureTables } from '../../store/sqlite/ensure-tables.ts'
import { savepointSql } from '../../store/standard-sql.ts'
import { runSteps, runStepsSync, type Steps } from '../../store/statement.ts'
import { ownEngine, refuseOtherFile } from '../same-database.ts'
import type { SyncHandle } from '../transaction-handle.ts'
import { asUserError } from '../user-error.ts'
import { newStoredGuard } from './stepwise-guard.ts'
import { after, type GuardedQueue, type Guards, type TransactionGuard } from './transaction-guard.ts'

/** SQLite by a driver that answers at once: what need not wait is stored before the call returns. */
export function syncGuards(queue: GuardedQueue, handle: SyncHandle): Guards {
  return {
    learnsTime: false,
    storeAtOnce: (entries, outer) => after(outer?.stillOpen(), () => storeNow(queue, handle, entries)),
    acquire: (mails, outer) =>
      after(outer?.stillOpen(), () => {
        const enqueueStore = enter(queue, handle)
        const stored = newStoredGuard(mails, undefined)
        execute(handle, enqueueStore.acquireGuard(stored, {}))
        return syncGuard(handle, enqueueStore, stored)
      }),
  }
}

export function storeNow(queue: GuardedQueue, handle: SyncHandle, entries: readonly NewEntry[]): Enqueued[] {
  return execute(handle, enter(queue, handle).addMails(entries, new WeakSet()))
}

/** Checks that this is an open transaction of the queue's file; tables that are missing are made, for the app holds the write lock. */
function enter({ settings }: GuardedQueue, handle: SyncHandle): EnqueueStore {
  if (!handle.isOpen()) throw new PosthasteError('PH_NO_TRANSACTION', `a ${handle.name} without one`)
  refuseOtherFile(settings.database, handle)
  if (handle.file !== undefined) rememberLibrary(libraryOf(handle.key), handle.file)
  const engine = ownEngine(settings)
  execute(handle, ensureTables(engine))
  return enqueueStoreFor(engine)
}

function syncGuard(handle: SyncHandle, enqueueStore: EnqueueStore, stored: StoreGuard): TransactionGuard {
  let isFirstTurn = true
  queueMicrotask(() => {
    isFirstTurn = false
  })
  const stillOpen = () => refuseEnded(handle, enqueueStore, stored)
  let isReleased = false
  let hasStored = false
  return {
    stored,
    stillOpen,
    store: (entries, written) => {
      const { contents, keep } = tentatively(written)
      const steps = function* (): Steps<Enqueued[]> {
        const under = { guard: stored, written: contents }
        const insertDeliveries = yield* enqueueStore.insertContents(entries, under)
        return yield* insertDeliveries()
      }
      return after(isFirstTurn ? undefined : stillOpen(), () => {
        if (!handle.isOpen()) throw new PosthasteError('PH_TRANSACTION_ENDED')
        const added = execute(handle, steps())
        keep()
        hasStored = true
        return added
      })
    },
    release() {
      if (isReleased || !handle.isOpen()) return
      isReleased = true
      try {
        execute(handle, enqueueStore.releaseGuard(stored, hasStored))
      } catch {
        // It is swept later.
      }
    },
  }
}

/**
 * The rows of the guard are there, and others do not see them.
 *
 * @throws {PH_TRANSACTION_ENDED}
 */
async function refuseEnded(
  handle: SyncHandle,
  enqueueStore: EnqueueStore,
  stored: StoreGuard,
): Promise<void> {
  refuseGone(handle, enqueueStore, stored)
  if (handle.file !== undefined && (await isVisible(handle, enqueueStore.isCommitted(stored)))) {
    runStepsSync(enqueueStore.releaseGuard(stored, true), handle.run)
    throw new PosthasteError('PH_TRANSACTION_ENDED')
  }
  refuseGone(handle, enqueueStore, stored)
}

function refuseGone(handle: SyncHandle, enqueueStore: EnqueueStore, stored: StoreGuard): void {
  if (!handle.isOpen() || !runStepsSync(falseWithoutTables(enqueueStore.guardHolds(stored)), handle.run))
    throw new PosthasteError('PH_TRANSACTION_ENDED')
}

/** What keeps readers out for long is taken for this transaction itself, which has written much or is exclusive: see decision 0012. */
async function isVisible({ key }: SyncHandle, asked: Steps<boolean>): Promise<boolean> {
  try {
    return await readCommitted(key, (executor) => runSteps(falseWithoutTables(asked), executor))
  } catch (error) {
    if (isPosthasteError(error, 'PH_DATABASE_BUSY')) return false
    throw error
  }
}

/** Tables that were made in the app's transaction are gone with it, and others do not see them. */
function* falseWithoutTables(asked: Steps<boolean>): Steps<boolean> {
  try {
    return yield* asked
  } catch (error) {
    if (isMissingTable(error)) return false
    throw error
  }
}

const savepoint = 'posthaste'

/** Runs in a savepoint, so that a failed enqueue leaves nothing even if the app swallows the error. */
function execute<T>(handle: SyncHandle, steps: Steps<T>): T {
  try {
    handle.run(savepointSql.set(savepoint), [])
    return undoing(handle, steps)
  } catch (error) {
    throw asUserError(error)
  }
}

function undoing<T>(handle: SyncHandle, steps: Steps<T>): T {
  try {
    const value = runStepsSync(steps, handle.run)
    handle.run(savepointSql.release(savepoint), [])
    return value
  } catch (error) {
    if (handle.isOpen()) {
      handle.run(savepointSql.rollBack(savepoint), [])
      handle.run(savepointSql.release(savepoint), [])
    }
    throw error
  }
}
