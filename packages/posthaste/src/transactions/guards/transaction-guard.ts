import type { Clock } from '../../clock.ts'
import type { Database, Executor } from '../../connections/database.ts'
import { isPosthasteError, PosthasteError } from '../../errors.ts'
import type { WrittenContents } from '../../store/add/contents.ts'
import type { Enqueued, NewEntry, NewMail } from '../../store/add/new-mail.ts'
import type { EnqueueStore, StoreGuard } from '../../store/enqueue-store.ts'
import { runSteps } from '../../store/statement.ts'
import type { TransactionHandle } from '../transaction-handle.ts'

/** At once where the app's driver is synchronous. */
export type Awaitable<T> = T | Promise<T>

/** What proves that the app's transaction is still the one that was meant. */
export interface TransactionGuard {
  readonly stored: StoreGuard
  /**
   * Stores mails in the transaction: those that the guard was acquired for, or more of its call.
   *
   * @throws {PH_TRANSACTION_ENDED}
   */
  store(entries: readonly NewEntry[], written: WrittenContents): Awaitable<Enqueued[]>
  /** Resolves where it may still be so; {@link TransactionGuard.store} makes sure. @throws {PH_TRANSACTION_ENDED} */
  stillOpen(): Awaitable<void>
  /** A guard that cannot be released is swept later: what is stored is stored. */
  release(): Awaitable<void>
}

/** The guards of one transaction. Their first statement is sent before anything is awaited. */
export interface Guards {
  /** Acquiring one asks for the database's time, which the queue does not know yet. */
  readonly learnsTime: boolean
  /** Stores mails of which nothing need be waited for. */
  storeAtOnce(entries: readonly NewEntry[], outer: TransactionGuard | undefined): Awaitable<Enqueued[]>
  /**
   * @param mails those of the call; `later` where they are not known yet
   * @param outer that of `within`, in which this one is acquired
   * @throws {PH_NO_TRANSACTION} {PH_WRONG_DATABASE} {PH_TRANSACTION_ENDED} it is not what it should be
   */
  acquire(
    mails: readonly NewMail[] | 'later',
    outer: TransactionGuard | undefined,
  ): Awaitable<TransactionGuard>
}

/** The queue, as far as guards need it. */
export interface GuardedQueue {
  readonly settings: { readonly database: unknown; readonly prefix?: string | undefined }
  readonly clock: Pick<Clock, 'now'>
  readonly connection: {
    readonly peek: GuardedDatabase | undefined
    ready(): Promise<GuardedDatabase>
    /** The same with no connection but that of the app where the queue has none of its own. */
    readyOn(tx: Executor, identity: string): Promise<GuardedDatabase>
  }
}

export interface GuardedDatabase {
  readonly database: Database
  readonly enqueueStore: EnqueueStore
  /** Where it was learned from the app's connection. */
  readonly identity?: string | undefined
}

const identities = new WeakMap<GuardedDatabase, string>()

/** The server that the queue is on, where it is known. */
export function knownIdentity(connected: GuardedDatabase): string | undefined {
  return connected.identity ?? identities.get(connected)
}

/** Asked again where it is not what was seen: a server that restarted is the same database. */
export async function ownIdentity(connected: GuardedDatabase, seen: string): Promise<string> {
  if (connected.identity !== undefined) return connected.identity
  if (identities.get(connected) !== seen)
    identities.set(connected, await runSteps(connected.enqueueStore.serverIdentity(), connected.database))
  return identities.get(connected) ?? ''
}

/** Continues at once where there is nothing to wait for. */
export function after<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

export async function storeAndRelease(
  acquiring: Awaitable<TransactionGuard>,
  entries: readonly NewEntry[],
): Promise<Enqueued[]> {
  const guard = await acquiring
  try {
    return await guard.store(entries, new WeakSet())
  } finally {
    await guard.release()
  }
}

/** A statement finds that no transaction is open, and does not know what was passed. */
export async function naming<T>({ name }: TransactionHandle, acquiring: Promise<T>): Promise<T> {
  try {
    return await acquiring
  } catch (error) {
    if (!isPosthasteError(error, 'PH_NO_TRANSACTION')) throw error
    const what = name.endsWith('transaction') ? `a ${name} that has ended` : `a ${name} without one`
    throw new PosthasteError('PH_NO_TRANSACTION', what)
  }
}
