import type { StoreBase } from '../engine.ts'
import { earliestDue, everyLane, pairsOf } from './due-pairs.ts'

export async function nextDue(
  { database, engine }: StoreBase,
  streams: readonly string[],
): Promise<number | undefined> {
  const found = await earliestDue(database, pairsOf([{ streams, lanes: everyLane, limit: 1 }], 0), engine)
  return found.length > 0 ? Math.min(...found.map(({ due }) => due)) : undefined
}
