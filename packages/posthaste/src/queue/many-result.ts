import { type ErrorCode, isPosthasteError, PosthasteError } from '../errors.ts'
import { errorText } from '../foreign.ts'
import type { Enqueued } from './enqueue.ts'

export interface ManyResult {
  readonly queued: number
  readonly duplicates: number
  readonly suppressed: number
  /** In the order of the items; undefined where one was skipped. */
  readonly results: readonly (Enqueued | undefined)[]
  /** What was skipped, and why. */
  readonly errors: readonly InvalidItem[]
}

export interface InvalidItem {
  readonly index: number
  readonly code: ErrorCode
  readonly message: string
}

interface Ending {
  readonly errors: readonly InvalidItem[]
  readonly stored: number
  readonly cause?: unknown
}

/** Many mails ended before their end: some were not valid, or the app's iterator failed, which is the `cause` then. */
export class BatchError extends PosthasteError {
  /** What was not valid, and why; empty where the iterator failed. */
  readonly errors: readonly InvalidItem[]
  /** How many mails were stored before, the first ones. In a transaction of the app's they stand or fall with it. */
  readonly stored: number

  private constructor(code: ErrorCode, detail: string, { errors, stored, cause }: Ending) {
    super(code, `${detail}; ${stored} stored before`, cause === undefined ? undefined : { cause })
    this.errors = errors
    this.stored = stored
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isPosthasteError(value, 'PH_BATCH_INVALID') || isPosthasteError(value, 'PH_ITEMS_FAILED')
  }

  /** @internal */
  static invalid(errors: readonly InvalidItem[], stored: number): BatchError {
    const shown = errors.slice(0, 5).map(({ index, code }) => `[${index}] ${code}`)
    return new BatchError('PH_BATCH_INVALID', shown.join(', '), { errors, stored })
  }

  /** @internal */
  static failed({ stored, cause }: { stored: number; cause: unknown }): BatchError {
    return new BatchError('PH_ITEMS_FAILED', errorText(cause), { errors: [], stored, cause })
  }
}

export function manyResult(
  results: readonly (Enqueued | undefined)[],
  errors: readonly InvalidItem[],
): ManyResult {
  const having = (status: Enqueued['status']) => results.filter((one) => one?.status === status).length
  return {
    queued: having('queued'),
    duplicates: having('duplicate'),
    suppressed: having('suppressed'),
    results,
    errors,
  }
}
