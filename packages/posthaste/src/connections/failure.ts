import { PosthasteError } from '../errors.ts'
import { isError } from '../foreign.ts'
import { isUnreachable } from '../store/database-errors.ts'
import { refusedRight } from '../store/rights/refused.ts'

/** Of PgBouncer, and of those that speak as it does. */
const poolerWords = /unsupported startup parameter|not allowed in statement pooling mode/i

/** Lets a statement's own error through, and names it where the server could not be asked at all, or refused it for want of a right. */
export async function reachable<T>(answer: Promise<T>, statement = ''): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const refused = refusedRight(error, statement)
    if (refused) throw refused
    if (isError(error) && poolerWords.test(error.message))
      throw new PosthasteError('PH_DATABASE_POOLER', error.message, { cause: error })
    throw isUnreachable(error)
      ? new PosthasteError('PH_DATABASE_UNREACHABLE', reasonOf(error), { cause: error })
      : error
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join(', ')
  return isError(error) ? error.message || error.name : String(error)
}
