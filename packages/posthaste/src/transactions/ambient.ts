import { AsyncLocalStorage } from 'node:async_hooks'
import { PosthasteError } from '../errors.ts'

interface Ambience {
  /** undefined outside of any. */
  readonly tx: unknown
  over: boolean
}

/** The transaction that is joined by whatever is called inside `within`, however deep. */
export class Ambient {
  readonly #storage = new AsyncLocalStorage<Ambience>()

  /** Runs `work` inside `tx`; what outlives it finds the transaction over. */
  async within<T>(tx: unknown, work: () => T | Promise<T>): Promise<T> {
    const ambience: Ambience = { tx, over: false }
    try {
      return await this.#storage.run(ambience, work)
    } finally {
      ambience.over = true
    }
  }

  outside<T>(work: () => T): T {
    return this.#storage.run({ tx: undefined, over: false }, work)
  }

  /** @throws {PH_TRANSACTION_ENDED} called from work that outlived its `within` */
  current(): unknown {
    const ambience = this.#storage.getStore()
    if (ambience?.over) throw new PosthasteError('PH_TRANSACTION_ENDED', 'within() is over')
    return ambience?.tx
  }

  /** Was the transaction left on purpose? */
  get isOutside(): boolean {
    const ambience = this.#storage.getStore()
    return ambience !== undefined && ambience.tx === undefined
  }
}
