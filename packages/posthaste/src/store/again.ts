import { isError } from '../is-error.ts'

const mostTries = 8

/** Repeats work that the database broke off to end a deadlock or a conflict: nothing of it has happened. */
export async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === mostTries || !wasBrokenOff(error)) throw error
    }
  }
}

// PostgreSQL: serialization failure, deadlock. MySQL: deadlock; MariaDB: the row changed since it was read.
const codes = new Set(['40001', '40P01', 'ER_LOCK_DEADLOCK', 'ER_CHECKREAD'])

function wasBrokenOff(error: unknown): boolean {
  return isError(error) && 'code' in error && codes.has(String(error.code))
}
