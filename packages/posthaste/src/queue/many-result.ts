import { type ErrorCode, PosthasteError } from '../errors.ts'
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

/** Some mails were not valid: which, and why. */
export class BatchError extends PosthasteError {
  readonly errors: readonly InvalidItem[]

  constructor(errors: readonly InvalidItem[]) {
    super(
      'PH_BATCH_INVALID',
      errors
        .slice(0, 5)
        .map(({ index, code }) => `[${index}] ${code}`)
        .join(', '),
    )
    this.errors = errors
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
