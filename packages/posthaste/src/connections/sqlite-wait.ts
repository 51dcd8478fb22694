import { setTimeout as pause } from 'node:timers/promises'
import { PosthasteError } from '../errors.ts'
import { isBusy } from '../store/database-errors.ts'
import type { Result } from './database.ts'
import type { SqliteHandle } from './sqlite-handle.ts'

/** How long a write is tried again while another process writes. */
const busyFor = 30_000

/** A handle shared with the app (a database in memory) may be inside the app's transaction: our statement waits for its end. */
export function outside(handle: SqliteHandle, statement: () => Result): Result {
  if (inside(handle)) throw new AppTransactionOpen()
  return statement()
}

export function inside(handle: SqliteHandle): boolean {
  return (handle.inTransaction ?? handle.isTransaction) === true
}

class AppTransactionOpen extends Error {}

export async function retrying<T>(step: () => T, longest = busyFor): Promise<T> {
  const end = performance.now() + longest
  for (let wait = 1; ; wait = Math.min(40, wait * 1.6)) {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof AppTransactionOpen) && !isBusy(error)) throw error
      if (performance.now() > end) throw new PosthasteError('PH_DATABASE_BUSY', undefined, { cause: error })
      await pause(wait * (0.5 + Math.random()))
    }
  }
}
