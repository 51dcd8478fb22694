import { isError } from '../foreign.ts'
import type { EngineErrors } from './engine.ts'
import { mysqlErrors } from './mysql/errors.ts'
import { postgresErrors } from './postgres/errors.ts'
import { sqliteErrors } from './sqlite/errors.ts'

const engines: readonly EngineErrors[] = [postgresErrors, mysqlErrors, sqliteErrors]

const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENOENT',
])

export function isRetryable(error: unknown): boolean {
  return among('retryable', error)
}

export function isBusy(error: unknown): boolean {
  return among('busy', error)
}

export function isUnreachable(error: unknown): boolean {
  if (!isError(error)) return false
  return (
    network.has(ownCode(error)) ||
    among('unreachable', error) ||
    isFatal(error) ||
    engines.some(({ unreachableWords }) => unreachableWords.test(error.message))
  )
}

/** PostgreSQL ends the connection with it. Poolers say so, too, under codes of their own. */
function isFatal(error: Error): boolean {
  return 'severity' in error && error.severity === 'FATAL'
}

export function isMissingTable(error: unknown): boolean {
  // SQLite says so in words only.
  return among('missingTable', error) || (isError(error) && error.message.includes('no such table'))
}

export function isForbidden(error: unknown): boolean {
  return among('forbidden', error)
}

/** SQLite: of the file, its folder or the log beside it. */
export function isReadOnlyFile(error: unknown): boolean {
  return isError(error) && error.message.includes('attempt to write a readonly database')
}

export function isAlreadyThere(error: unknown): boolean {
  return among('alreadyThere', error)
}

/** The engine's code; some libraries wrap the driver's error. '' where there is none. */
export function errorCodeOf(error: unknown): string {
  if (!isError(error)) return ''
  if ('errcode' in error && typeof error.errcode === 'number')
    return engines.map(({ codeOfNumber }) => codeOfNumber?.(error.errcode as number) ?? '').join('')
  const own = ownCode(error)
  if (own !== '') return own
  const inner =
    error.cause ?? ('parent' in error ? error.parent : 'driverError' in error ? error.driverError : undefined)
  return isError(inner) ? ownCode(inner) : ''
}

type Meaning = 'retryable' | 'busy' | 'unreachable' | 'missingTable' | 'forbidden' | 'alreadyThere'

function among(meaning: Meaning, error: unknown): boolean {
  const code = errorCodeOf(error)
  return code !== '' && engines.some((engine) => engine[meaning].has(code))
}

function ownCode(error: Error): string {
  return 'code' in error && error.code !== undefined && error.code !== null ? String(error.code) : ''
}

const mostTries = 8
/** Milliseconds. A lock that was waited for in vain for a minute is not waited for eight times. */
const longest = 10_000

/** Repeats work that the database broke off to end a deadlock or a conflict: nothing of it has happened. */
export async function withTransactionRetry<T>(work: () => Promise<T>): Promise<T> {
  const end = performance.now() + longest
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === mostTries || performance.now() > end || !isRetryable(error)) throw error
    }
  }
}
