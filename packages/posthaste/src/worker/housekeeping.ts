import type { StreamSettings } from '../config/settings.ts'
import type { State } from '../mail/mail.ts'
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
  for (const stream of house.streams.values()) await keepStreams(house, stream, { streams: [stream.name] })
  await keepRemoved(house)
  await whileFull(house, () => store.sweep({ before: now - day, pinnedBefore: now - 30 * day, limit: batch }))
  await whileFull(house, () => store.suppressions.purgeExpired(now, batch))
}

/** Streams that were taken out of the configuration are kept as long as the default one. */
async function keepRemoved(house: House): Promise<void> {
  const usual = house.streams.get('default')
  if (usual) await keepStreams(house, usual, { exceptStreams: [...house.streams.keys()] })
}

type Which = { readonly streams: readonly string[] } | { readonly exceptStreams: readonly string[] }

async function keepStreams(house: House, { retention }: StreamSettings, which: Which): Promise<void> {
  const { store, now } = house
  const purge = (states: readonly State[], age: number) =>
    Number.isFinite(age)
      ? whileFull(house, () => store.purge({ states, before: now - age, ...which, limit: batch }))
      : undefined
  await purge(['sent'], retention.sent)
  await purge(['failed', 'suppressed', 'cancelled'], retention.failed)
  if (Number.isFinite(retention.bodies))
    await whileFull(house, () =>
      store.purgeBodies({ before: now - retention.bodies, ...which, limit: batch }),
    )
}

async function whileFull({ isOver }: House, step: () => Promise<number>): Promise<void> {
  let done = batch
  while (done >= batch && !isOver()) done = await step()
}
