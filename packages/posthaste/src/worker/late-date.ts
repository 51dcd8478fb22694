import type { Clock } from '../clock.ts'
import { datedLate, hasWaitedLong } from '../mail/late-date.ts'
import type { Claim, DeliveryStore } from '../store/store.ts'

/**
 * The claim with the Date that it goes with. A new one is stored before anything leaves, so that every later attempt has the same bytes; what was
 * rendered with the old one is dropped.
 */
export async function withDate(
  claim: Claim,
  { store, clock }: { store: Pick<DeliveryStore, 'document' | 'dateAnew'>; clock: Clock },
): Promise<Claim> {
  const now = clock.now()
  if (!hasWaitedLong(claim.sendAt, now)) return claim
  const body = await store.document(claim.mailId)
  const late = body && datedLate(body.document, now)
  if (!late || !(await store.dateAnew(claim, late))) return claim
  return { ...claim, mime: null, mimeSize: null }
}
