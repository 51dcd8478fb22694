import { PosthasteError } from '../errors.ts'
import { isError } from '../foreign.ts'
import { errorCodeOf, isBusy, isReadOnlyFile, isRetryable, isUnreachable } from '../store/database-errors.ts'
import { refusedRight } from '../store/rights/refused.ts'

/** PostgreSQL: an earlier statement of the app's failed, and nothing more can be stored. */
const aborted = '25P02'
/** Knex and Kysely; pg; Prisma; Sequelize; TypeORM. */
const overWords =
  /already (been )?(complete|committed|rolled ?back|finished)|Client was closed|Transaction is closed|has been called on this transaction|runner already released/i

/** Names what a statement of ours met in the user's transaction, where it has a name. */
export function asUserError(error: unknown): unknown {
  if (error instanceof PosthasteError || !isError(error)) return error
  if (isRetryable(error)) return new PosthasteError('PH_SERIALIZATION', error.message, { cause: error })
  if (isBusy(error)) return new PosthasteError('PH_DATABASE_BUSY', error.message, { cause: error })
  if (isReadOnlyFile(error)) return new PosthasteError('PH_SQLITE_READ_ONLY', undefined, { cause: error })
  if (errorCodeOf(error) === aborted || overWords.test(error.message))
    return new PosthasteError('PH_TRANSACTION_ENDED', error.message, { cause: error })
  if (isUnreachable(error))
    return new PosthasteError('PH_DATABASE_UNREACHABLE', error.message, { cause: error })
  return refusedRight(error, '') ?? error
}

export async function userErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asUserError(error)
  }
}
