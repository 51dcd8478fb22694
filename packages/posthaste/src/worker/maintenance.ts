import type { StreamSettings } from '../config/settings.ts'
import type { State } from '../mail/mail.ts'
import { unsentStates } from '../mail/transitions.ts'
import type { Store } from '../store/store.ts'

export interface MaintenanceContext {
  readonly store: Store
  readonly now: number
  readonly streams: ReadonlyMap<string, StreamSettings>
  readonly isOver: () => boolean
}

const batch = 500
const day = 86_400_000

/** Expires what is late, fails what cannot be read, deletes what is past its retention, sweeps what nothing refers to; in small batches, each a short transaction. */
export async function runMaintenance(context: MaintenanceContext): Promise<void> {
  const { store, now } = context
  await whileFull(context, () => store.expire(now, batch))
  await whileFull(context, () => store.failUndue([...context.streams.keys()], now, batch))
  for (const stream of context.streams.values()) await applyRetention(context, stream)
  await whileFull(context, () =>
    store.sweep({ before: now - day, pinnedBefore: now - 30 * day, limit: batch }),
  )
  await whileFull(context, () => store.suppressions.purgeExpired(now, batch))
}

/** Mail of streams that are not configured (any more) is kept: nothing says for how long. */
async function applyRetention(
  context: MaintenanceContext,
  { name, retention }: StreamSettings,
): Promise<void> {
  const which = { streams: [name] }
  const { store, now } = context
  const purge = (states: readonly State[], age: number) =>
    Number.isFinite(age)
      ? whileFull(context, () => store.purge({ states, before: now - age, ...which, limit: batch }))
      : undefined
  await purge(['sent'], retention.sent)
  await purge(unsentStates, retention.failed)
  if (Number.isFinite(retention.bodies))
    await whileFull(context, () =>
      store.purgeBodies({ before: now - retention.bodies, ...which, limit: batch }),
    )
}

async function whileFull({ isOver }: MaintenanceContext, step: () => Promise<number>): Promise<void> {
  let done = batch
  while (done >= batch && !isOver()) done = await step()
}
