import type { State } from '../mail/mail.ts'
import { createProgress } from './progress.ts'
import type { Call } from './using-queue.ts'

/** What --state may say. */
export const finished = {
  sent: ['sent'],
  failed: ['failed', 'suppressed', 'cancelled'],
  all: ['sent', 'failed', 'suppressed', 'cancelled'],
} as const satisfies Record<string, readonly State[]>

export interface PurgeOptions {
  readonly olderThan: number
  readonly state: keyof typeof finished
  readonly stream?: readonly string[]
}

/** Batch after batch, until nothing is left that is as old; tells how many. */
export async function purgeAll({ inside, out, options }: Call<PurgeOptions>): Promise<number> {
  const { store } = await inside.connection.ready()
  const { olderThan, state, stream } = options
  const before = inside.clock.now() - olderThan
  const batch = { states: finished[state], before, limit: 500, ...(stream ? { streams: stream } : {}) }
  const progress = createProgress(out, 'deleted')
  let deleted = 0
  for (let last = batch.limit; last > 0; deleted += last) {
    last = await store.purge(batch)
    progress.done(last)
  }
  progress.end()
  return deleted
}
