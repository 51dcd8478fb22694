import { stoppedFor } from '../age.ts'
import { brakedFor } from '../brake.ts'
import { originOf } from '../refusal.ts'
import type { Claim } from '../store/store.ts'
import type { WorkerContext } from './context.ts'

/**
 * What of a mail's age does not count: it was held, or had ended; its stream was paused; it was braked. Milliseconds.
 * Times that overlap are counted twice: it gives up too late, never too early.
 */
export async function uncountedMs(
  { store, clock, events }: WorkerContext,
  claim: Claim,
  /** None where none could be named. */
  transport?: string,
): Promise<number> {
  try {
    const { sendAt, createdAt } = claim
    const now = clock.now()
    const { idleMs, pauses } = await store.keptBack(claim, now)
    const brakes = transport === undefined ? [] : (await store.refusals.read(now, transport)).brakes
    // Longer than it exists: it was released by a clock that was far ahead.
    const idle = idleMs <= now - createdAt ? idleMs : 0
    return idle + stoppedFor(pauses, { sendAt, now }) + brakedFor(brakes, { ...originOf(claim), sendAt }, now)
  } catch (error) {
    events.emit('error', error)
    return Number.POSITIVE_INFINITY
  }
}
