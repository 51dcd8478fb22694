import type { StreamSettings } from '../config/settings.ts'
import type { State } from '../mail.ts'
import type { Store } from '../store/store.ts'

export interface House {
  readonly store: Store
  readonly now: number
  readonly streams: ReadonlyMap<string, StreamSettings>
  readonly isOver: () => boolean
}

const batch = 500
const day = 86_400_000

/** Expires what is late, deletes what is past its retention, sweeps what nothing refers to; in small batches, each a short transaction. */
export async function keepHouse(house: House): Promise<void> {
  const { store, now } = house
  await whileFull(house, () => store.expire(now, batch))
  for (const stream of house.streams.values()) await keepStream(house, stream)
  await whileFull(house, () => store.sweep({ before: now - day, pinnedBefore: now - 30 * day, limit: batch }))
  await whileFull(house, () => store.suppressions.purgeExpired(now, batch))
}

async function keepStream(house: House, { name, retention }: StreamSettings): Promise<void> {
  const { store, now } = house
  const purge = (states: readonly State[], age: number) =>
    Number.isFinite(age)
      ? whileFull(house, () => store.purge({ states, before: now - age, streams: [name], limit: batch }))
      : undefined
  await purge(['sent'], retention.sent)
  await purge(['failed', 'suppressed', 'cancelled'], retention.failed)
  if (Number.isFinite(retention.bodies))
    await whileFull(house, () =>
      store.purgeBodies({ before: now - retention.bodies, streams: [name], limit: batch }),
    )
}

async function whileFull({ isOver }: House, step: () => Promise<number>): Promise<void> {
  let done = batch
  while (done >= batch && !isOver()) done = await step()
}
