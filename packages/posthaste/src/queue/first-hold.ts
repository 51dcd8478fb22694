import type { Result } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import type { AsyncHandle } from '../transactions/transaction-handle.ts'
import { userErrors } from './user-error.ts'

interface FirstHold {
  readonly savepoint: string
  readonly set: Promise<Result>
  alive?: Promise<boolean>
}

const waiting = new WeakMap<object, FirstHold[]>()
let count = 0

/**
 * Before the queue knows its tables (MySQL), or where the handle may be in another transaction by then (SQLite): a savepoint stands for the
 * transaction, and dies with it. Gives the function that opens the mails' rows when the tables are known, if the transaction is still the same.
 */
export function holdBySavepoint(handle: AsyncHandle): <T>(open: () => Promise<T>) => Promise<T> {
  const savepoint = `posthaste_${++count}`
  const mine: FirstHold = { savepoint, set: handle.executor.query(`savepoint ${savepoint}`) }
  mine.set.catch(() => {})
  waiting.set(handle.key, [...(waiting.get(handle.key) ?? []), mine])
  return async (open) => {
    const { open: isInside } = await userErrors(mine.set)
    if (isInside === false) throw new PosthasteError('PH_NO_TRANSACTION')
    if (!mine.alive) releaseAll(handle)
    // Sent in the same turn as the release: nothing comes between.
    const opened = open()
    opened.catch(() => {})
    if (!(await mine.alive)) throw new PosthasteError('PH_TRANSACTION_ENDED')
    return opened
  }
}

/** Releasing a savepoint releases all later ones: whoever comes first releases all that wait, the latest first. */
function releaseAll({ key, executor }: AsyncHandle): void {
  const holds = waiting.get(key) ?? []
  waiting.delete(key)
  for (const one of holds.toReversed())
    one.alive = executor.query(`release savepoint ${one.savepoint}`).then(
      () => true,
      () => false,
    )
}
