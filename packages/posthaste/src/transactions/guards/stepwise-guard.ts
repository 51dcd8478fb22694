import { isPosthasteError, PosthasteError } from '../../errors.ts'
import { newId } from '../../ids.ts'
import type { WrittenContents } from '../../store/add/contents.ts'
import type { NewEntry, NewMail } from '../../store/add/new-mail.ts'
import { isRetryable } from '../../store/database-errors.ts'
import type { EnqueueStore, GuardSite, StoreGuard } from '../../store/enqueue-store.ts'
import { runSteps } from '../../store/statement.ts'
import { serializeCalls } from '../serialize.ts'
import type { AsyncHandle } from '../transaction-handle.ts'
import { userErrors } from '../user-error.ts'
import type { GuardedDatabase, TransactionGuard } from './transaction-guard.ts'

export interface Acquiring {
  readonly handle: AsyncHandle
  readonly enqueueStore: EnqueueStore
  readonly site: GuardSite
  /** The queue's own connection, where there is one to ask. */
  readonly connected: GuardedDatabase | undefined
  readonly mails: readonly NewMail[] | 'later'
  readonly outer: TransactionGuard | undefined
}

/** Rows that only this transaction sees stand for it: those of the mails, or one of the call's own. Its statement is sent at once. */
export async function acquireStepwise(acquiring: Acquiring): Promise<TransactionGuard> {
  const { handle, enqueueStore, site, outer } = acquiring
  const stored = newStoredGuard(acquiring.mails, outer?.stored)
  const written = runSteps(enqueueStore.acquireGuard(stored, site), handle.executor)
  await userErrors(outer ? endedOutside(written) : written)
  return stepwiseGuard(acquiring, stored)
}

export function newStoredGuard(
  mails: readonly NewMail[] | 'later',
  outer: StoreGuard | undefined,
): StoreGuard {
  return mails === 'later' ? { by: 'row', token: newId(), outer } : { by: 'mails', mails, outer }
}

/** Where the transaction of `within` is over, whatever the connection does now is another one. */
async function endedOutside<T>(written: Promise<T>): Promise<T> {
  try {
    return await written
  } catch (error) {
    if (!isPosthasteError(error, 'PH_NO_TRANSACTION')) throw error
    throw new PosthasteError('PH_TRANSACTION_ENDED', 'that of within() is over', { cause: error })
  }
}

function stepwiseGuard(acquiring: Acquiring, stored: StoreGuard): TransactionGuard {
  const { handle, enqueueStore } = acquiring
  // Where the transaction has ended there is nothing to take back, and the connection may wait for long to be told so.
  let isDone = false
  const noteEnd = (error: unknown) => {
    isDone ||= isPosthasteError(error, 'PH_TRANSACTION_ENDED')
    throw error
  }
  const storing = async (entries: readonly NewEntry[], written: WrittenContents) => {
    const contents = enqueueStore.insertContents(entries, { guard: stored, written })
    const insertDeliveries = await runSteps(contents, handle.executor)
    await refuseCommitted(acquiring, stored)
    await refuseOutside(acquiring, stored, entries)
    const added = await runSteps(insertDeliveries(), handle.executor)
    isDone = true
    return added
  }
  return {
    stored,
    store: (entries, written) =>
      serializeCalls(handle.key, () => userErrors(storing(entries, written))).catch(noteEnd),
    stillOpen: () => refuseCommitted(acquiring, stored).catch(noteEnd),
    release: () => runSteps(enqueueStore.releaseGuard(stored, isDone), handle.executor).catch(() => {}),
  }
}

/** What the queue's own connection sees was committed: a mail made claimable now would be in whatever the connection does next. */
async function refuseCommitted(acquiring: Acquiring, stored: StoreGuard): Promise<void> {
  if (await isCommitted(acquiring, stored)) throw new PosthasteError('PH_TRANSACTION_ENDED')
}

/** Where only that of `within` was committed, these mails are in another transaction, which may well commit, too. */
async function refuseOutside(
  acquiring: Acquiring,
  { outer }: StoreGuard,
  entries: readonly NewEntry[],
): Promise<void> {
  if (!outer || !(await isCommitted(acquiring, outer))) return
  const { enqueueStore, handle } = acquiring
  const ids = entries.map(({ mail }) => mail.id)
  await runSteps(enqueueStore.deleteMails(ids), handle.executor)
  throw new PosthasteError('PH_TRANSACTION_ENDED', 'within() had another transaction')
}

/**
 * Where the app has taken all connections of its pool, another one might be free only when its transactions end: there is nothing to ask on, and
 * mail of a forgotten call goes with what the connection does next.
 */
async function isCommitted(acquiring: Acquiring, stored: StoreGuard): Promise<boolean> {
  const { connected, enqueueStore } = acquiring
  if (!connected || connected.database.isExhausted?.()) return false
  const { database } = connected
  const isSeen = await unlessKeptOut(runSteps(enqueueStore.isCommitted(stored), database.reader ?? database))
  return isSeen ?? !(await usesTable(acquiring, stored))
}

/**
 * Who is about to change a table keeps out all but the transactions that use it, as that of the guard does until it ends. On SQLite, which
 * tells less, what keeps readers out for long is taken for the transaction of the guard.
 */
async function usesTable({ handle, enqueueStore }: Acquiring, stored: StoreGuard): Promise<boolean> {
  return (await unlessKeptOut(runSteps(enqueueStore.guardHolds(stored), handle.executor))) !== undefined
}

async function unlessKeptOut<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look
  } catch (error) {
    if (isRetryable(error) || isPosthasteError(error, 'PH_DATABASE_BUSY')) return undefined
    throw error
  }
}
