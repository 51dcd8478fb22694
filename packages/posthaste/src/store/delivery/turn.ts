import type { StoreBase } from '../engine.ts'
import type { SettleVerdict, Settling, Turn, Turned } from '../store.ts'
import { byLaneAndDue } from './claim-rows.ts'
import { fromLast } from './due-pairs.ts'
import { settleStale } from './settle-stale.ts'
import { failUnreadable } from './unreadable.ts'

export async function turn(base: StoreBase, asked: Turn): Promise<Turned> {
  const { database, engine } = base
  const { now } = asked
  const claim = await Promise.all(asked.claim.map((one) => fromLast(database, one, { now, engine })))
  const last = lastOfEach(asked.settle)
  const settle = asked.settle.filter((one) => last.get(one.settlement.mailId) === one)
  const { settled, claims } = await engine.turn(base, { ...asked, settle, claim })
  const verdicts: SettleVerdict[] = []
  for (const one of asked.settle) {
    const { mailId } = one.settlement
    const isSettled = settled.has(mailId) && last.get(mailId) === one
    verdicts.push(isSettled ? 'settled' : await settleStale(base, one, asked.now))
  }
  const unreadable = claims.filter(({ faults }) => faults !== undefined)
  await failUnreadable(base, unreadable, asked.now)
  const whole = claims.filter(({ faults }) => faults === undefined)
  return { verdicts, claims: whole.sort(byLaneAndDue), unreadable }
}

/** A worker that lost a mail may have claimed it again: of each mail, what was settled under its last token. */
function lastOfEach(settle: readonly Settling[]): Map<string, Settling> {
  const last = new Map<string, Settling>()
  for (const one of settle) {
    const known = last.get(one.settlement.mailId)
    if (!known || known.settlement.token < one.settlement.token) last.set(one.settlement.mailId, one)
  }
  return last
}
