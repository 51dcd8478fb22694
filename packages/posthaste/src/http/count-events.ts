import type { Worker } from '../worker/worker.ts'

export const counted = ['sent', 'deferred', 'failed', 'suppressed', 'unknown', 'stale'] as const

export type EventCounts = Record<(typeof counted)[number], number>

/** Counts what a worker tells, from now on. */
export function countEvents(worker: Worker): EventCounts {
  const counts = Object.fromEntries(counted.map((name) => [name, 0])) as EventCounts
  for (const name of counted) worker.on(name, () => void counts[name]++)
  return counts
}
