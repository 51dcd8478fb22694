import type { StoreBase } from '../engine.ts'
import type { SettleVerdict, Turn, Turned } from '../store.ts'
import { byLaneAndDue } from './claim-rows.ts'
import { settleStale } from './settle-stale.ts'
import { failUnreadable } from './unreadable.ts'

export async function turn(base: StoreBase, asked: Turn): Promise<Turned> {
  const { settled, claims } = await base.engine.turn(base, asked)
  const verdicts: SettleVerdict[] = []
  for (const one of asked.settle)
    verdicts.push(settled.has(one.settlement.mailId) ? 'settled' : await settleStale(base, one, asked.now))
  const unreadable = claims.filter(({ faults }) => faults !== undefined)
  await failUnreadable(base, unreadable, asked.now)
  const whole = claims.filter(({ faults }) => faults === undefined)
  return { verdicts, claims: whole.sort(byLaneAndDue), unreadable }
}
