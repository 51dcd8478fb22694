import { AsyncLocalStorage } from 'node:async_hooks'
import { PosthasteError } from '../errors.ts'
import { recognise } from './recognise.ts'
import type { SyncHandle } from './transaction-handle.ts'

interface Ambience<OuterGuard> {
  /** undefined outside of any. */
  readonly tx: unknown
  readonly outer?: OuterGuard
  /** What an enqueue gets now, where it can join no more. */
  refusal?: unknown
}

/** The transaction that is joined by whatever is called inside `within`, however deep. */
export class Ambient<OuterGuard = unknown> {
  readonly #storage = new AsyncLocalStorage<Ambience<OuterGuard>>()

  /**
   * Runs `work` inside `tx`; what outlives it finds the transaction over.
   *
   * @param later called when this turn is over and a synchronous transaction is not
   * @throws {PH_POOL_AS_TRANSACTION} {PH_TRANSACTION_HANDLE} {PH_NO_TRANSACTION} {PH_TRANSACTION_ENDED} before `work` is called
   */
  async within<T>(
    tx: unknown,
    work: () => T | Promise<T>,
    outer: OuterGuard,
    later: () => void = () => {},
  ): Promise<T> {
    const handle = recognise(tx)
    const ambience: Ambience<OuterGuard> = { tx, outer }
    if (handle.run) endWithTurn(ambience, handle, later)
    try {
      return await this.#storage.run(ambience, work)
    } finally {
      ambience.refusal ??= over('PH_TRANSACTION_ENDED')
    }
  }

  outside<T>(work: () => T): T {
    return this.#storage.run({ tx: undefined }, work)
  }

  /** @throws {PH_TRANSACTION_ENDED} {PH_ASYNC_IN_SYNC} called from work that outlived its transaction */
  current(): unknown {
    const ambience = this.#storage.getStore()
    if (ambience?.refusal) throw ambience.refusal
    return ambience?.tx
  }

  /** What was given for the transaction that is joined. */
  get outer(): OuterGuard | undefined {
    return this.#storage.getStore()?.outer
  }

  /** Was the transaction left on purpose? */
  get isOutside(): boolean {
    const ambience = this.#storage.getStore()
    return ambience !== undefined && ambience.tx === undefined
  }
}

/** A synchronous transaction's callback cannot wait for `work`: it ends in this turn, and what comes later would meet the next transaction. */
function endWithTurn<OuterGuard>(
  ambience: Ambience<OuterGuard>,
  { isOpen, name }: SyncHandle,
  later: () => void,
): void {
  if (!isOpen()) throw new PosthasteError('PH_NO_TRANSACTION', `a ${name} without one`)
  queueMicrotask(() => {
    if (ambience.refusal) return
    try {
      if (isOpen()) later()
      else ambience.refusal = over('PH_ASYNC_IN_SYNC')
    } catch (error) {
      ambience.refusal = error
    }
  })
}

function over(code: 'PH_TRANSACTION_ENDED' | 'PH_ASYNC_IN_SYNC'): PosthasteError {
  return new PosthasteError(code, 'within() is over')
}
