import { AsyncLocalStorage } from 'node:async_hooks'
import { PosthasteError } from '../errors.ts'
import { recognise } from './recognise.ts'
import type { SyncHandle } from './transaction-handle.ts'

interface Ambience {
  /** undefined outside of any. */
  readonly tx: unknown
  /** What an enqueue gets now, where it can join no more. */
  refusal?: 'PH_TRANSACTION_ENDED' | 'PH_ASYNC_IN_SYNC'
}

/** The transaction that is joined by whatever is called inside `within`, however deep. */
export class Ambient {
  readonly #storage = new AsyncLocalStorage<Ambience>()

  /**
   * Runs `work` inside `tx`; what outlives it finds the transaction over.
   *
   * @throws {PH_POOL_AS_TRANSACTION} {PH_TRANSACTION_HANDLE} {PH_NO_TRANSACTION} {PH_TRANSACTION_ENDED} before `work` is called
   */
  async within<T>(tx: unknown, work: () => T | Promise<T>): Promise<T> {
    const handle = recognise(tx)
    const ambience: Ambience = { tx }
    if (handle.run) endWithTurn(ambience, handle)
    try {
      return await this.#storage.run(ambience, work)
    } finally {
      ambience.refusal ??= 'PH_TRANSACTION_ENDED'
    }
  }

  outside<T>(work: () => T): T {
    return this.#storage.run({ tx: undefined }, work)
  }

  /** @throws {PH_TRANSACTION_ENDED} {PH_ASYNC_IN_SYNC} called from work that outlived its transaction */
  current(): unknown {
    const ambience = this.#storage.getStore()
    if (ambience?.refusal) throw new PosthasteError(ambience.refusal, 'within() is over')
    return ambience?.tx
  }

  /** Was the transaction left on purpose? */
  get isOutside(): boolean {
    const ambience = this.#storage.getStore()
    return ambience !== undefined && ambience.tx === undefined
  }
}

/** A synchronous transaction's callback cannot wait for `work`: it ends in this turn, and what comes later would meet the next transaction. */
function endWithTurn(ambience: Ambience, { isOpen, name }: SyncHandle): void {
  if (!isOpen()) throw new PosthasteError('PH_NO_TRANSACTION', `a ${name} without one`)
  queueMicrotask(() => {
    if (!isOpen()) ambience.refusal ??= 'PH_ASYNC_IN_SYNC'
  })
}
