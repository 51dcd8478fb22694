import { askApp, isThenable } from '../app-call.ts'
import type { Clock } from '../clock.ts'
import { isNot, readAt, readInput } from '../input/reader.ts'
import type { Awaitable } from '../transactions/guards/transaction-guard.ts'

/** What the app's iterator threw, or did not give in time. */
export class ItemsFailed extends Error {}

/** The items of a call, in whatever form the app gives them. Only what must be waited for is a promise: synchronous transactions cannot wait. */
export interface Items {
  /** The next item; undefined where they end. @throws {ItemsFailed} */
  next(): Awaitable<{ readonly item: unknown } | undefined>
  /** Tells the iterator that no more is asked for. */
  end(): Promise<void>
}

interface Waiting {
  readonly clock: Clock
  /** How long one item may take. Milliseconds. */
  readonly ms: number
}

interface AppIterator {
  next(): unknown
  return?(): unknown
}

/** @throws {PH_OPTION_INVALID} they are neither a list nor a generator */
export function readItems(given: unknown, waiting: Waiting): Items {
  const iterator = readInput((value) => readAt('items', () => iteratorOf(value)), given)
  return {
    next() {
      const asked = attempt(() => iterator.next())
      return attempt(() => isThenable(asked))
        ? askApp(() => asked, waiting).then(stepOf, failed)
        : stepOf(asked)
    },
    async end() {
      await askApp(() => iterator.return?.(), waiting).catch(() => {})
    },
  }
}

function iteratorOf(value: unknown): AppIterator {
  if (typeof value !== 'object' || value === null) throw isNot(value, 'a list or a generator of items')
  const items = value as Partial<Iterable<unknown> & AsyncIterable<unknown>>
  const iterator: unknown = items[Symbol.asyncIterator]?.() ?? items[Symbol.iterator]?.()
  if (typeof iterator !== 'object' || iterator === null) throw isNot(value, 'a list or a generator of items')
  return iterator as AppIterator
}

function stepOf(result: unknown): { readonly item: unknown } | undefined {
  return attempt(() => {
    if (typeof result !== 'object' || result === null) throw new TypeError('next() gave no object')
    const { done, value } = result as IteratorResult<unknown>
    return done ? undefined : { item: value }
  })
}

function attempt<T>(ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    return failed(error)
  }
}

function failed(cause: unknown): never {
  throw new ItemsFailed('the items failed', { cause })
}
