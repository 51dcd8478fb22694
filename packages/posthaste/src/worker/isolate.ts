import type { Claim } from '../store/store.ts'
import type { Line } from './loop.ts'

/** How long a suspect waits for its turn alone. */
const wait = 200

/**
 * Of the mails that workers died with, one at a time is sent: the one that kills is then told from those that only stood beside it,
 * and they are not quarantined together. The others go back as they came.
 */
export async function isolateSuspects(
  line: Pick<Line, 'store' | 'clock' | 'random' | 'outbound'>,
  claims: readonly Claim[],
): Promise<readonly Claim[]> {
  const suspects = claims.filter(({ rescues }) => rescues > 0)
  const waiting = line.outbound.hasSuspect ? suspects : suspects.slice(1)
  if (waiting.length === 0) return claims
  await line.store.release(waiting, line.clock.now() + Math.round(wait * (0.5 + line.random())))
  return claims.filter((claim) => !waiting.includes(claim))
}
