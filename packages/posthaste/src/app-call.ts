import type { Clock } from './clock.ts'

/**
 * Calls a function of the app without waiting for it: it may throw, reject, never settle or return anything. What it fails with goes to
 * `failed`, which must not throw.
 */
export function callApp(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = call()
    if (isThenable(result)) Promise.resolve(result).catch(failed)
  } catch (error) {
    failed(error)
  }
}

/** Calls a function of the app and waits at most `ms` for its answer; rejects with what it failed with, or saying how long it was waited for. */
export async function askApp(
  call: () => unknown,
  { clock, ms }: { clock: Clock; ms: number },
): Promise<unknown> {
  const answered = new AbortController()
  const late = clock.sleep(ms, answered.signal).then(() => {
    throw new Error(`it gave no answer within ${ms / 1_000} s`)
  })
  try {
    return await Promise.race([call(), late])
  } finally {
    late.catch(() => {})
    answered.abort('answered')
  }
}

/** Throws where a getter or a proxy does. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
