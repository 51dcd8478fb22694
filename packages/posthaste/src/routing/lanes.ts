const fresh = { high: 0, normal: 2, low: 4, bulk: 6 } as const
const again = { high: 1, normal: 3, low: 5, bulk: 7 } as const

/** Only these may take the slot that is kept for high priority. */
export const highLanes: readonly number[] = [fresh.high, again.high]

const strict = [
  fresh.high,
  again.high,
  fresh.normal,
  again.normal,
  fresh.low,
  again.low,
  fresh.bulk,
  again.bulk,
]
const turned = [
  fresh.high,
  again.high,
  again.bulk,
  fresh.bulk,
  again.low,
  fresh.low,
  again.normal,
  fresh.normal,
]

/**
 * The order in which claims look into the lanes. Every fourth claim turns it round below high priority, so that neither retries nor bulk
 * wait for ever behind a steady stream of fresh mail. The mail that tries a transport after every second fault in a row comes from another
 * lane each time: the mail that is first in order may be what the transport fails at.
 */
export function laneOrder(claimNumber: number, faults = 0): readonly number[] {
  if (faults > 0 && faults % 2 === 0) return strictFrom((faults / 2) % strict.length)
  return claimNumber % 4 === 3 ? turned : strict
}

function strictFrom(start: number): readonly number[] {
  return [...strict.slice(start), ...strict.slice(0, start)]
}

export function isRetry(lane: number): boolean {
  return lane % 2 === 1
}
