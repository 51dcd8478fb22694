import { setTimeout as sleep } from 'node:timers/promises'
import type { Executor } from '../connections/database.ts'
import { isRetryable } from './database-errors.ts'
import type { Engine } from './engine.ts'

/** Runs `work` in a session that never waits long for a table in use, and leaves the session as it was. */
export async function withTableWait<T>(
  tx: Executor,
  { tableWait }: Engine,
  work: () => Promise<T>,
): Promise<T> {
  if (!tableWait) return work()
  await tx.query(tableWait.begin)
  try {
    return await work()
  } finally {
    await tx.query(tableWait.end)
  }
}

/**
 * Runs a statement within {@link withTableWait}, again where its table stayed in use: in between, those who had to wait
 * behind it go on.
 */
export async function onceTableIsFree<T>({ tableWait }: Engine, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!tableWait || tries >= tableWait.tries || !isRetryable(error)) throw error
    }
    await sleep(tableWait.pause)
  }
}
