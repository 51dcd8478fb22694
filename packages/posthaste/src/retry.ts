import { optional, table } from './input/table.ts'
import { type Duration, duration, longestDuration } from './input/time.ts'
import { number } from './input/values.ts'

/** When deferred mail is tried again. */
export interface RetryOptions {
  /** The wait after the first attempt. @default '1m' */
  first?: Duration | undefined
  /** Each wait is the one before times this, 1 to 1,000. @default 2 */
  factor?: number | undefined
  /** The longest wait. @default '4h' */
  max?: Duration | undefined
  /** Share of each wait left to chance, 0 to 1. @default 0.2 */
  jitter?: number | undefined
  /** Age at which a mail that is still deferred fails as `gave-up`, without the time for which it was held, paused or braked; `Infinity` is never. @default '4d' */
  giveUpAfter?: Duration | undefined
}

const foreignNames = {
  // Nodemailer's transports, BullMQ, pg-boss and Graphile Worker.
  attempts: "'giveUpAfter': mail is tried until it is too old",
  maxAttempts: "'giveUpAfter': mail is tried until it is too old",
  retries: "'giveUpAfter': mail is tried until it is too old",
  delay: "'first'",
  backoff: "'first', 'factor' and 'max'",
  multiplier: "'factor'",
  minTimeout: "'first'",
  maxTimeout: "'max'",
  maxDelay: "'max'",
}

export const retryOptions = table(
  {
    first: optional(duration()),
    factor: optional(number({ min: 1, max: 1_000 })),
    max: optional(duration()),
    jitter: optional(number({ min: 0, max: 1 })),
    giveUpAfter: optional(duration({ never: true })),
  },
  { foreign: foreignNames },
)

/** Fills what the options leave open. The policy is kept as JSON, which has no Infinity: never is 100 years. */
export function fillRetry(read: ReturnType<typeof retryOptions> | undefined, base: RetryPolicy): RetryPolicy {
  if (read === undefined) return base
  return {
    first: read.first ?? base.first,
    factor: read.factor ?? base.factor,
    max: read.max ?? base.max,
    jitter: read.jitter ?? base.jitter,
    giveUpAfter: Math.min(read.giveUpAfter ?? base.giveUpAfter, longestDuration),
  }
}

/** When a deferred mail is tried again. All times in milliseconds. */
export interface RetryPolicy {
  readonly first: number
  readonly factor: number
  readonly max: number
  /** Share of the wait that chance may add or take away, 0 to 1. */
  readonly jitter: number
  /** Age, from the first time it was due, at which a mail that is still deferred fails. */
  readonly giveUpAfter: number
}

/** RFC 5321 §4.5.4.1 asks for four to five days before giving up; a smarthost's deferral has a known reason, so the first retries may be early. */
export const defaultRetry: RetryPolicy = {
  first: 60_000,
  factor: 2,
  max: 4 * 3_600_000,
  jitter: 0.2,
  giveUpAfter: 4 * 86_400_000,
}

/** The wait before attempt `attempts + 1`, where `attempts` have failed; `random` is in [0, 1). */
export function backoff(policy: RetryPolicy, attempts: number, random: number): number {
  const plain = Math.min(policy.max, policy.first * policy.factor ** Math.max(0, attempts - 1))
  return Math.round(plain * (1 + policy.jitter * (2 * random - 1)))
}
