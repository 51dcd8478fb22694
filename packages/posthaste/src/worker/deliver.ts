import type { Clock } from '../clock.ts'
import type { StreamSettings } from '../config/settings.ts'
import { everyRecipient, type Outcome } from '../outcome.ts'
import { type Deciding, type Settlement, settle } from '../settle.ts'
import type { AttemptRecord, Claim, DeliveryStore } from '../store/store.ts'
import type { Dispatch, Transport } from '../transports/transport.ts'
import { attemptOf } from './attempt.ts'
import { dispatchOf, Unreadable } from './dispatching.ts'

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
  { signal, ...way }: Delivering & { signal: AbortSignal },
): Promise<Delivered | GivenBack> {
  const startedAt = way.clock.now()
  const began = way.clock.monotonic()
  const outcome = hindered(claim, way) ?? (await tryTransport(claim, transport, { signal, ...way }))
  if (outcome.aborted) return { restFor: outcome.restFor ?? 0 }
  const restFor = outcome.fault ? (outcome.fault.restFor ?? way.rest(outcome.fault.message)) : 0
  const settlement = settle(deciding(claim, way.stream), outcome, {
    now: way.clock.now(),
    random: way.random(),
    restFor,
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

function isAttempt({ recipients, fault, unsent }: Outcome): boolean {
  return recipients.length > 0 || fault !== undefined || unsent !== undefined
}

/** Expiry and suppression, checked again right before it goes. */
function hindered(claim: Claim, { clock }: Delivering): Outcome | undefined {
  if (pendingOf(claim).length === 0) return { recipients: [] }
  if (claim.expiresAt === null || claim.expiresAt > clock.now()) return undefined
  return { recipients: [], unsent: 'expired', reply: { text: 'it expired before it was sent' } }
}

async function tryTransport(
  claim: Claim,
  transport: Transport,
  { signal, ...way }: Delivering & { signal: AbortSignal },
): Promise<Outcome> {
  const mayBegin = async () =>
    way.isSafe() &&
    (claim.onUnknown === 'retry' || (await way.store.dispatch(claim.mailId, claim.token, way.clock.now())))
  const noted: Noted = {}
  try {
    const outcome = await transport.deliver(noting(dispatchOf(claim, way.store, mayBegin), noted), signal)
    return noted.unreadable
      ? { recipients: [], unsent: 'unreadable', reply: { text: noted.unreadable.message } }
      : outcome
  } catch (error) {
    return {
      recipients: everyRecipient(pendingOf(claim), 'deferred', { text: `the transport threw: ${error}` }),
    }
  }
}

interface Noted {
  unreadable?: Unreadable
}

/** A transport turns every failure into an outcome; that the mail itself is broken must not be lost in that. */
function noting(dispatch: Dispatch, noted: Noted): Dispatch {
  const note = (error: unknown): never => {
    if (error instanceof Unreadable) noted.unreadable = error
    throw error
  }
  return {
    ...dispatch,
    mime: () => dispatch.mime().catch(note),
    message: () => dispatch.message().catch(note),
  }
}

function pendingOf({ recipients }: Claim): string[] {
  return recipients.filter(({ state }) => state === 'pending').map(({ address }) => address)
}

function deciding(claim: Claim, stream: StreamSettings): Deciding {
  return { ...claim, retry: claim.retry ?? stream.retry }
}
