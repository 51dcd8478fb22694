import type { Clock } from '../clock.ts'
import type { StreamSettings } from '../config/settings.ts'
import type { Outcome } from '../outcome.ts'
import { type Deciding, type Settlement, settle } from '../settle.ts'
import type { AttemptRecord, Claim, DeliveryStore } from '../store/store.ts'
import type { Transport } from '../transports/transport.ts'
import { attemptOf } from './attempt.ts'
import { tryTransport } from './try-transport.ts'

/** What one mail's way out needs. */
export interface Delivering {
  readonly store: DeliveryStore
  readonly clock: Clock
  readonly random: () => number
  readonly worker: string
  readonly stream: StreamSettings
  /** Is enough of the lease left to begin a body? */
  readonly isSafe: () => boolean
  /** Lets the transport rest, and tells for how long. */
  readonly rest: (reason: string) => number
  /** Ends the conversation where it is. */
  readonly signal: AbortSignal
}

export interface Delivered {
  readonly settlement: Settlement
  readonly attempt: AttemptRecord | null
  readonly outcome: Outcome
}

/** Nothing left: the claim goes back as it came, and is not looked at for so many milliseconds. */
export interface GivenBack {
  readonly restFor: number
}

/** One mail, the straight line: what may still happen to it, the transport's word, what follows from it. */
export async function deliver(
  claim: Claim,
  transport: Transport,
  way: Delivering,
): Promise<Delivered | GivenBack> {
  const startedAt = way.clock.now()
  const began = way.clock.monotonic()
  const outcome = hindered(claim, way) ?? (await tryTransport(claim, transport, way))
  if (outcome.aborted) return { restFor: outcome.restFor ?? 0 }
  const settlement = settle(deciding(claim, way.stream), outcome, {
    now: way.clock.now(),
    random: way.random(),
    restFor: restFor(outcome, way),
  })
  const about = {
    worker: way.worker,
    transport: transport.name,
    startedAt,
    ms: Math.round(way.clock.monotonic() - began),
    attempt: claim.attempts + 1,
  }
  return { settlement, outcome, attempt: isAttempt(outcome) ? attemptOf(claim, outcome, about) : null }
}

/** What breaks because this worker hangs up says nothing of the transport. */
function restFor({ fault }: Outcome, { rest, signal }: Delivering): number {
  if (!fault || signal.aborted) return 0
  return fault.restFor ?? rest(fault.message)
}

function isAttempt({ recipients, fault, unsent }: Outcome): boolean {
  return recipients.length > 0 || fault !== undefined || unsent !== undefined
}

/** Expiry and suppression, checked again right before it goes. */
function hindered({ recipients, expiresAt }: Claim, { clock }: Delivering): Outcome | undefined {
  if (recipients.length === 0)
    return { recipients: [], unsent: 'unreadable', reply: { text: 'its recipients are no longer stored' } }
  if (recipients.every(({ state }) => state !== 'pending')) return { recipients: [] }
  if (expiresAt === null || expiresAt > clock.now()) return undefined
  return { recipients: [], unsent: 'expired', reply: { text: 'it expired before it was sent' } }
}

function deciding(claim: Claim, stream: StreamSettings): Deciding {
  return { ...claim, retry: claim.retry ?? stream.retry }
}
