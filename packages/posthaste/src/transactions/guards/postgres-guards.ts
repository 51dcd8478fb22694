import { PosthasteError } from '../../errors.ts'
import { newId } from '../../ids.ts'
import type { Enqueued, NewEntry } from '../../store/add/new-mail.ts'
import type { SettingGuard } from '../../store/enqueue-store.ts'
import { acquireSetting } from '../../store/postgres/setting-guard.ts'
import { runSteps, type Steps } from '../../store/statement.ts'
import { hasStatementInFlight, isBusy, serializeCalls } from '../serialize.ts'
import type { AsyncHandle } from '../transaction-handle.ts'
import { userErrors } from '../user-error.ts'
import {
  acquireSettingName,
  guardInFlight,
  type PendingGuard,
  releaseSettingName,
  trackedExecutor,
} from './pending-guards.ts'
import {
  type GuardedDatabase,
  type GuardedQueue,
  type Guards,
  knownIdentity,
  naming,
  ownIdentity,
  storeAndRelease,
  type TransactionGuard,
} from './transaction-guard.ts'

/** A setting that is local to the transaction stands for it, and the one statement that stores is told its value. */
export function postgresGuards(queue: GuardedQueue, handle: AsyncHandle): Guards {
  const acquire: Guards['acquire'] = (_, outer) => naming(handle, guardOf(queue, handle, outer))
  return {
    learnsTime: queue.connection.peek === undefined,
    acquire,
    storeAtOnce(entries, outer) {
      const known = guardOfDriver(queue, { handle, entries, outer })
      if (!known) return storeAndRelease(acquire('later', outer), entries)
      return Promise.resolve(known.store(entries, new WeakSet())).finally(() => known.release())
    },
  }
}

/** Connections that were seen to be in the queue's own database. */
const seen = new WeakMap<object, GuardedDatabase>()

interface Storing {
  readonly handle: AsyncHandle
  readonly entries: readonly NewEntry[]
  readonly outer: TransactionGuard | undefined
}

/** Where one statement is all, and the driver knows that a transaction is open, that statement acquires the guard itself. */
function guardOfDriver(
  queue: GuardedQueue,
  { handle, entries, outer }: Storing,
): TransactionGuard | undefined {
  const connected = queue.connection.peek
  if (!connected || seen.get(handle.key) !== connected || isBusy(handle.key)) return undefined
  if (!connected.enqueueStore.isOneStatement(entries) || handle.isInTransaction?.() !== true) return undefined
  // Calls that share the guard only check it.
  const pending = {
    setting: newSetting(handle, outer),
    identity: Promise.resolve(knownIdentity(connected) ?? ''),
  }
  return settingGuard(handle, { connected, pending, stored: { ...pending.setting, isNew: true } })
}

async function guardOf(
  queue: GuardedQueue,
  handle: AsyncHandle,
  outer: TransactionGuard | undefined,
): Promise<TransactionGuard> {
  const pending = guardInFlight(handle, outer?.stored) ?? sendSetting(handle, newSetting(handle, outer))
  try {
    const identity = await pending.identity
    const connected = await userErrors(queue.connection.readyOn(trackedExecutor(handle, pending), identity))
    const own = await ownIdentity(connected, identity)
    if (identity !== own)
      throw new PosthasteError('PH_WRONG_DATABASE', `a ${handle.name} on ${identity}, the queue on ${own}`)
    seen.set(handle.key, connected)
    return settingGuard(handle, { connected, pending, stored: pending.setting })
  } catch (error) {
    releaseSettingName(handle.key, pending.setting.name)
    throw error
  }
}

function newSetting({ key }: AsyncHandle, outer: TransactionGuard | undefined): SettingGuard {
  return { by: 'setting', name: acquireSettingName(key), token: newId(), outer: outer?.stored }
}

/** Sent now, even where the driver must queue it. */
function sendSetting(handle: AsyncHandle, setting: SettingGuard): PendingGuard {
  const pending: PendingGuard = { setting, identity: Promise.resolve('') }
  const executor = hasStatementInFlight(handle.key) ? handle.executor : trackedExecutor(handle, pending)
  pending.identity = userErrors(runSteps(acquireSetting(setting, handle), executor))
  // Its failure is met later: until then it must not count as unhandled.
  pending.identity.catch(() => {})
  return pending
}

interface Acquired {
  readonly connected: GuardedDatabase
  readonly pending: PendingGuard
  readonly stored: SettingGuard
}

function settingGuard(handle: AsyncHandle, { connected, pending, stored }: Acquired): TransactionGuard {
  const { insertContents } = connected.enqueueStore
  const executor = trackedExecutor(handle, pending)
  return {
    stored,
    store: (entries, written) => {
      const steps = function* (): Steps<Enqueued[]> {
        const insertDeliveries = yield* insertContents(entries, { guard: stored, written })
        return yield* insertDeliveries()
      }
      return serializeCalls(handle.key, () => userErrors(runSteps(steps(), executor)))
    },
    // Every statement that stores has the guard in its condition.
    stillOpen: () => {},
    release: () => releaseSettingName(handle.key, stored.name),
  }
}
