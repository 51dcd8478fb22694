import type { WorkerContext } from './context.ts'
import type { InFlight } from './in-flight.ts'

/** Most statements for the claims that are returned together: times are rounded for it. */
const mostStatements = 4

export interface Returning {
  readonly one: InFlight
  readonly dueAt: number
}

/** Nothing left: the claims return as if they had never been made, if they are still ours, each to be claimed again at about its time. */
export async function returnClaims(context: WorkerContext, returning: readonly Returning[]): Promise<void> {
  const sorted = [...returning].sort((a, b) => a.dueAt - b.dueAt)
  const size = Math.max(1, Math.ceil(sorted.length / mostStatements))
  for (let at = 0; at < sorted.length; at += size) await returnTogether(context, sorted.slice(at, at + size))
}

async function returnTogether(
  { store, reconciler, events, inFlight }: WorkerContext,
  returning: readonly Returning[],
): Promise<void> {
  const claims = returning.map(({ one }) => one.claim)
  await store.returnClaims(claims, returning[0]?.dueAt ?? 0).catch((error: unknown) => {
    reconciler.request()
    events.emit('error', error)
  })
  for (const { one } of returning) inFlight.giveUp(one)
}
