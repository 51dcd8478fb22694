import type { StoreBase } from '../engine.ts'
import type { Claim, SettleVerdict, Turn } from '../store.ts'
import { byLaneAndDue } from './claim-rows.ts'
import { settleStale } from './settle-stale.ts'

export async function turn(
  base: StoreBase,
  asked: Turn,
): Promise<{ verdicts: SettleVerdict[]; claims: Claim[] }> {
  const { settled, claims } = await base.engine.turn(base, asked)
  const verdicts: SettleVerdict[] = []
  for (const one of asked.settle)
    verdicts.push(settled.has(one.settlement.mailId) ? 'settled' : await settleStale(base, one, asked.now))
  return { verdicts, claims: claims.sort(byLaneAndDue) }
}
