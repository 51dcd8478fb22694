import type { Bench } from '../bench.ts'
import { counted, rate } from '../support.ts'

/** A queue that somebody could use instead. */
export interface Peer {
  /** Its name, version and shape, as its row says them. */
  readonly name: string
  /** Fills an empty queue, then drains it; both in mails a second. */
  round(bench: Bench): Promise<Rates>
  close?(): Promise<unknown>
}

export interface Rates {
  readonly filled: number
  readonly drained: number
}

/** One that is not to be had here: its row says why. */
export class Skipped extends Error {}

/** How many mails are added at once. */
const batch = 1_000

export async function fillThenDrain(
  { sink, mails }: Bench,
  work: { fill(numbers: readonly number[]): Promise<unknown>; drain(): Promise<unknown> },
): Promise<Rates> {
  const filled = await rate(mails, async () => {
    for (let at = 0; at < mails; at += batch)
      await work.fill(Array.from({ length: Math.min(batch, mails - at) }, (_, i) => at + i))
  })
  const before = await sink.count()
  const drained = await rate(mails, work.drain)
  await counted(sink, before + mails)
  return { filled, drained }
}
