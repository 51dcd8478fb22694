import { PosthasteError } from '../errors.ts'
import { isError } from '../is-error.ts'

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENOENT',
  'PROTOCOL_CONNECTION_LOST',
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_BAD_DB_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  'ER_SERVER_SHUTDOWN',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  '25P03',
  '28P01',
  '28000',
  '3D000',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
])

/** Lets a statement's own error through, and names it PH_DATABASE_UNREACHABLE where the server could not be asked at all. */
export async function reachable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw isLostConnection(error)
      ? new PosthasteError('PH_DATABASE_UNREACHABLE', reasonOf(error), { cause: error })
      : error
  }
}

export function isLostConnection(error: unknown): boolean {
  if (!isError(error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return (
    (code !== undefined && unreachable.has(code)) ||
    /terminated|timeout exceeded when trying to connect|closed state|Client was closed|not queryable|PGlite is closed/i.test(
      error.message,
    )
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join(', ')
  return isError(error) ? error.message || error.name : String(error)
}
