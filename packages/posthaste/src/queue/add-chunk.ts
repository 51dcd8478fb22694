import { isPosthasteError, type PosthasteError } from '../errors.ts'
import type { NewEntry } from '../store/add/new-mail.ts'
import { type Awaitable, after } from '../transactions/guards/transaction-guard.ts'
import { disposeBodies, type Sharing } from './compose.ts'
import type { Enqueued } from './enqueue.ts'

/** Stores the mails of one chunk, all or none; tells in their order what became of them. */
export type AddChunk = (
  entries: readonly NewEntry[],
  sharing: Sharing,
) => Awaitable<readonly (Enqueued | PosthasteError)[]>

/** Their bodies are needed no longer. */
export function disposing(add: AddChunk): AddChunk {
  return (entries, sharing) => {
    const dispose = () => disposeBodies(entries)
    try {
      const added = add(entries, sharing)
      if (added instanceof Promise) return added.finally(dispose)
      dispose()
      return added
    } catch (error) {
      dispose()
      throw error
    }
  }
}

/** A mail that the database refuses is left out: a chunk with one is halved until that is alone. */
export function leavingOut(add: AddChunk): AddChunk {
  const addParts: AddChunk = (entries, sharing) =>
    recovering(
      () => add(entries, sharing),
      (error) => {
        if (!isRefusal(error)) throw error
        if (entries.length === 1) return [error]
        const half = Math.ceil(entries.length / 2)
        return after(addParts(entries.slice(0, half), sharing), (first) =>
          after(addParts(entries.slice(half), sharing), (second) => [...first, ...second]),
        )
      },
    )
  return addParts
}

/** It is one mail's own, and nothing of its chunk was stored. */
function isRefusal(error: unknown): error is PosthasteError {
  return isPosthasteError(error, 'PH_IDEMPOTENCY_CONFLICT') || isPosthasteError(error, 'PH_SUPERSEDED')
}

function recovering<T>(work: () => Awaitable<T>, recover: (error: unknown) => Awaitable<T>): Awaitable<T> {
  try {
    const done = work()
    return done instanceof Promise ? done.catch(recover) : done
  } catch (error) {
    return recover(error)
  }
}
