import type { Events } from '../events.ts'
import type { SettleVerdict } from '../store/store.ts'
import type { Underway } from './underway.ts'

/** What became of a mail, told once it is durable. */
export function tell(events: Events, { claim, delivered }: Underway, verdict: SettleVerdict): void {
  if (!delivered) return
  const { settlement, attempt } = delivered
  const { mailId: id, messageId, stream, tenant } = claim
  const about = { id, messageId, stream, tenant, attempt: claim.attempts + 1 }
  const reply = attempt?.reply ?? null
  if (verdict !== 'settled') {
    events.tell('stale', { ...about, acceptance: verdict === 'recorded' })
    return
  }
  if (settlement.unknowns > claim.unknowns) events.tell('unknown', { ...about, policy: claim.onUnknown })
  if (settlement.state === 'sent') events.tell('sent', { ...about, ms: attempt?.ms ?? 0, reply })
  if (settlement.state === 'suppressed') events.tell('suppressed', about)
  if (settlement.state === 'failed') events.tell('failed', { ...about, reason: settlement.reason, reply })
  if (settlement.state === 'queued')
    events.tell('deferred', { ...about, nextAttemptAt: new Date(settlement.dueAt), reply })
}
