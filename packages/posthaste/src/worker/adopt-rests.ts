import type { Line } from './loop.ts'

/** Lets transports rest, or wakes them, as other workers or an operator have said. */
export async function adoptRests({ store, slots, clock, wakeup }: Line): Promise<void> {
  const rows = await store.restingTransports()
  const now = clock.now()
  for (const one of slots) {
    const until = rows.find(({ name }) => name === one.transport.name)?.restUntil ?? 0
    if (until > now && until > one.restUntil) one.restAsOthersDo(until)
    if (until === 0 && one.isRestKnown && one.recover()) wakeup.call()
  }
}
