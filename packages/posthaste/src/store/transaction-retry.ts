import { isRetryable } from './database-errors.ts'

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
