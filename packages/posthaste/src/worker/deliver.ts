import type { Clock } from '../clock.ts'
import type { StreamSettings } from '../config/settings.ts'
import { blame, faultOf, isTransportWide, type Outcome, type TransportFault } from '../outcome.ts'
import { type Deciding, type Settlement, settle } from '../settle.ts'
import type { AttemptRecord, Claim, DeliveryStore } from '../store/store.ts'
import type { Transport } from '../transports/transport.ts'
import { type About, attemptOf } from './attempt.ts'
import { tryTransport } from './try-transport.ts'

/** How long after a back-off another mail may go first, where this one may have caused it. Milliseconds. */
const afterOthers = 60_000

/** What deciding over one mail needs. */
export interface Judging {
  readonly clock: Clock
  readonly random: () => number
  /** The worker's name. */
  readonly worker: string
  readonly stream: StreamSettings
}

/** What one mail's way out needs. */
export interface Delivering extends Judging {
  readonly store: DeliveryStore
  /** Is enough of the lease left to begin a body? */
  readonly isSafe: () => boolean
  /** Notes a fault that may be this mail's alone; true where different mails have met the same. */
  readonly confirms: (fault: TransportFault) => boolean
  /** Makes the transport back off; gives for how many milliseconds. */
  readonly backOff: (fault: TransportFault) => number
  /** Whether its refusals are this mail's own, or met a brake. */
  readonly judge: (outcome: Outcome) => Promise<Judged>
  /** What does not count to its age. Milliseconds. */
  readonly uncountedMs: () => Promise<number>
  /** Ends the conversation where it is. */
  readonly signal: AbortSignal
}

/** An outcome whose refusals are final where they say so. */
export interface Judged {
  readonly outcome: Outcome
  /** It met a brake: no attempt is counted, and it waits for so many milliseconds. */
  readonly braked?: number
}

export interface Delivered {
  readonly settlement: Settlement
  readonly attempt: AttemptRecord | null
  readonly outcome: Outcome
  readonly startedAt: number
}

/** Nothing left: the claim goes back as it came, and is not claimed again for so many milliseconds. */
export interface GivenBack {
  readonly wait: number
}

/** One mail, the straight line: what may still happen to it, what the transport says, what follows from it. */
export async function deliver(
  claim: Claim,
  transport: Transport,
  way: Delivering,
): Promise<Delivered | GivenBack> {
  const startedAt = way.clock.now()
  const began = way.clock.monotonic()
  const said = skipReason(claim, way) ?? (await tryTransport(claim, transport, way))
  if (said.type === 'aborted') {
    await way.judge(said)
    return { wait: said.retryAfter ?? 0 }
  }
  const blamed = blame(said, (fault) => way.signal.aborted || way.confirms(fault))
  const ms = Math.round(way.clock.monotonic() - began)
  const { outcome, braked } = await way.judge(blamed)
  const { clock, random, stream, worker } = way
  return settled(claim, outcome, {
    ...{ clock, random, stream, worker },
    transport: transport.name,
    startedAt,
    ms,
    wait: Math.max(braked ?? 0, waitAfter(outcome, way) + (isSuspect(said, outcome) ? afterOthers : 0)),
    isBraked: braked !== undefined,
    uncountedMs: isOld(claim, way) ? await way.uncountedMs() : 0,
  })
}

/** It would give up, but for what of its age does not count. */
export function isOld(
  { sendAt, retry }: Claim,
  { clock, stream }: Pick<Judging, 'clock' | 'stream'>,
): boolean {
  return clock.now() - sendAt >= (retry ?? stream.retry).giveUpAfter
}

/** No transport could be named for it: it waits as it does for a transport that backs off, and its history says why. */
export function deferUnroutable(
  claim: Claim,
  { reason, wait, uncountedMs }: { reason: string; wait: number; uncountedMs: number },
  judging: Judging,
): Delivered {
  const outcome: Outcome = {
    type: 'fault',
    fault: { kind: 'configuration', scope: 'transport', message: reason },
  }
  return settled(claim, outcome, {
    ...judging,
    transport: 'route',
    startedAt: judging.clock.now(),
    ms: 0,
    wait,
    uncountedMs,
  })
}

/** How long the transport keeps it back, and what a brake has to do with it. */
interface Waiting {
  readonly wait: number
  readonly isBraked?: boolean | undefined
  readonly uncountedMs?: number | undefined
}

function settled(claim: Claim, outcome: Outcome, by: Judging & Omit<About, 'attempt'> & Waiting): Delivered {
  const { clock, random, stream, worker, transport, startedAt, ms, wait, isBraked, uncountedMs } = by
  const settlement = settle(deciding(claim, stream), outcome, {
    now: clock.now(),
    random: random(),
    restFor: wait,
    isBraked,
    uncountedMs,
  })
  const attempt = { worker, transport, startedAt, ms, attempt: claim.attempts + 1 }
  return {
    ...{ settlement, outcome, startedAt },
    attempt: isAttempt(outcome) ? attemptOf(claim, outcome, attempt) : null,
  }
}

/** What breaks because this worker hangs up says nothing of the transport. */
function waitAfter(outcome: Outcome, { backOff, signal }: Delivering): number {
  const fault = faultOf(outcome)
  if (!fault || signal.aborted) return 0
  return isTransportWide(fault) ? backOff(fault) : (fault.retryAfter ?? 0)
}

/** The transport backs off because of what this mail and others met, which may still be theirs. */
function isSuspect(said: Outcome, blamed: Outcome): boolean {
  const fault = faultOf(blamed)
  return faultOf(said)?.scope === 'unknown' && fault !== undefined && isTransportWide(fault)
}

function isAttempt(outcome: Outcome): boolean {
  return outcome.type !== 'answered' || outcome.recipients.length > 0
}

/** Expiry and suppression, checked again right before it goes. */
function skipReason({ recipients, expiresAt }: Claim, { clock }: Delivering): Outcome | undefined {
  if (recipients.length === 0)
    return { type: 'unsent', reason: 'unreadable', reply: { text: 'its recipients are no longer stored' } }
  if (recipients.every(({ state }) => state !== 'pending')) return { type: 'answered', recipients: [] }
  if (expiresAt === null || expiresAt > clock.now()) return undefined
  return { type: 'unsent', reason: 'expired', reply: { text: 'it expired before it was sent' } }
}

function deciding(claim: Claim, stream: StreamSettings): Deciding {
  return { ...claim, retry: claim.retry ?? stream.retry }
}
