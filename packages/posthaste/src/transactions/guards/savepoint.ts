import { acrossCopies, weakMapAcrossCopies } from '../../across-copies.ts'
import type { Result } from '../../connections/database.ts'
import { isPosthasteError, PosthasteError } from '../../errors.ts'
import { savepointSql } from '../../store/standard-sql.ts'
import type { AsyncHandle } from '../transaction-handle.ts'
import { asUserError, userErrors } from '../user-error.ts'

interface Waiting {
  readonly savepoint: string
  readonly set: Promise<Result>
  /** Gives the error of a savepoint that could not be released. */
  released?: Promise<{ readonly failure?: unknown }>
}

const waiting = weakMapAcrossCopies<Waiting[]>('savepoints 1')
const names = acrossCopies('counted savepoints 1', () => ({ used: 0 }))

/**
 * A savepoint stands for the transaction where its guard cannot be written yet, and ends with it. Gives the function that writes the guard if
 * the transaction is still the same.
 */
export function guardBySavepoint(handle: AsyncHandle): <T>(acquire: () => Promise<T>) => Promise<T> {
  const savepoint = `posthaste_${++names.used}`
  const mine: Waiting = { savepoint, set: handle.executor.query(savepointSql.set(savepoint)) }
  mine.set.catch(() => {})
  waiting.set(handle.key, [...(waiting.get(handle.key) ?? []), mine])
  return async (acquire) => {
    const { open } = await userErrors(mine.set)
    if (open === false) throw new PosthasteError('PH_NO_TRANSACTION')
    if (!mine.released) releaseAll(handle)
    // Sent in the same turn as the release: nothing comes between.
    const acquired = acquire()
    acquired.catch(() => {})
    const { failure } = (await mine.released) ?? {}
    if (failure !== undefined) throw endedBy(failure)
    return acquired
  }
}

/** A savepoint that is gone means that its transaction is; a connection that broke is told as that. */
function endedBy(failure: unknown): unknown {
  const told = asUserError(failure)
  if (isPosthasteError(told, 'PH_DATABASE_UNREACHABLE')) return told
  return new PosthasteError('PH_TRANSACTION_ENDED', undefined, { cause: failure })
}

/** Releasing a savepoint releases all later ones: the first call releases all that wait, the latest first. */
function releaseAll({ key, executor }: AsyncHandle): void {
  const all = waiting.get(key) ?? []
  waiting.delete(key)
  for (const one of all.toReversed())
    one.released = executor.query(savepointSql.release(one.savepoint)).then(
      () => ({}),
      (failure: unknown) => ({ failure }),
    )
}
