import { configurationErrors } from './errors/configuration.ts'
import { databaseErrors } from './errors/database.ts'
import { mailErrors } from './errors/mail.ts'
import { operationErrors } from './errors/operation.ts'
import { transactionErrors } from './errors/transaction.ts'
import { isError, peek } from './foreign.ts'

/** Every error a user can meet: what happened, and what to do. Published in docs/reference/errors.md; codes are covered by SemVer. */
export const catalogue = {
  ...configurationErrors,
  ...databaseErrors,
  ...mailErrors,
  ...transactionErrors,
  ...operationErrors,
} as const satisfies Record<`PH_${string}`, { message: string; remedy: string }>

export type ErrorCode = keyof typeof catalogue

/**
 * What Posthaste throws: wrong use, or lost infrastructure. What a mail server says is an outcome and never thrown.
 *
 * @example
 * try { await mail.enqueue(message) } catch (error) { if (isPosthasteError(error, 'PH_ADDRESS_INVALID')) … }
 */
export class PosthasteError extends Error {
  override readonly name = 'PosthasteError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    const { message, remedy } = catalogue[code]
    super(`${message}${detail ? `: ${detail}` : ''}. ${remedy} [${code}]`, options)
    this.code = code
  }

  /** One of another copy of the package, or of another realm, is one, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // `this` is the class that stands right of `instanceof`. One that extends this class inherits the method, and has only its own instances.
    // biome-ignore lint/complexity/noThisInStatic: the class's name instead would make every PosthasteError an instance of each such class
    return this === PosthasteError ? isPosthasteError(value) : super[Symbol.hasInstance](value)
  }
}

/** Tells whether a value is a {@link PosthasteError}, of this code where one is given; works across copies of the package. */
export function isPosthasteError(value: unknown, code?: ErrorCode): value is PosthasteError {
  if (!isError(value) || peek(value, 'name') !== 'PosthasteError') return false
  const own = peek(value, 'code')
  return code === undefined ? own !== undefined : own === code
}
