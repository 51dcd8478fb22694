import { isLostConnection } from '../connections/failure.ts'
import { isSqliteBusy } from '../connections/sqlite-handle.ts'
import { PosthasteError } from '../errors.ts'
import { isError } from '../is-error.ts'

const runAgain = new Set(['40001', '40P01', 'ER_CHECKREAD', 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT'])
/** PostgreSQL: an earlier statement of the app's failed, and nothing more can be stored. */
const aborted = '25P02'
const readToWrite = 517
/** Knex and Kysely; pg; Prisma; Sequelize; TypeORM. */
const overWords =
  /already (been )?(complete|committed|rolled ?back|finished)|Client was closed|Transaction is closed|has been called on this transaction|runner already released/i

/** Names what a statement of ours met in the user's transaction, where it has a name. */
export function asUserError(error: unknown): unknown {
  if (error instanceof PosthasteError || !isError(error)) return error
  const code = codeOf(error)
  if (
    runAgain.has(code) ||
    ('errcode' in error && error.errcode === readToWrite) ||
    code === 'SQLITE_BUSY_SNAPSHOT'
  )
    return new PosthasteError('PH_SERIALIZATION', error.message, { cause: error })
  if (isSqliteBusy(error) || code.startsWith('SQLITE_BUSY'))
    return new PosthasteError('PH_DATABASE_BUSY', error.message, { cause: error })
  if (code === aborted || overWords.test(error.message))
    return new PosthasteError('PH_TRANSACTION_ENDED', error.message, { cause: error })
  if (isLostConnection(error))
    return new PosthasteError('PH_DATABASE_UNREACHABLE', error.message, { cause: error })
  return error
}

export async function userErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asUserError(error)
  }
}

/** Some libraries wrap the driver's error. */
function codeOf(error: Error): string {
  if ('code' in error && error.code !== undefined) return String(error.code)
  const inner =
    error.cause ?? ('parent' in error ? error.parent : 'driverError' in error ? error.driverError : undefined)
  return isError(inner) && 'code' in inner ? String(inner.code) : ''
}
