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
