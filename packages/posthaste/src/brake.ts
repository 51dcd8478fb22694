import { type Stoppage, stoppedFor } from './age.ts'
import type { Origin, Refusal } from './refusal.ts'

/** What of a transport's mail is braked: all of it, or what shares a stream, a sender's domain or a tenant. */
export type BrakeScope = (typeof brakeScopes)[number]

export const brakeScopes = ['transport', 'stream', 'sender', 'tenant'] as const

/** Everything was refused alike: until something is accepted nothing is judged, and one mail at a time tries. */
export interface Brake extends Stoppage {
  readonly transport: string
  readonly scope: BrakeScope
  /** The stream, sender or tenant; '' for all of a transport. */
  readonly value: string
  readonly reply: string
  /** When the next canary may go. */
  readonly canaryAt: number
}

/** So many mails that were refused alike, to more than one domain, brake. */
const alike = 3
/** So many brake whatever was said, and whomever to. */
const inARow = 10
/** A refusal that comes again after this long is the mail's own, while few wait so. Milliseconds. */
const provenAfter = 3_600_000
const canaryWait = { first: 4_000, longest: 4 * 3_600_000 }

/** What follows from a refusal: it is final, its mail waits for a proof, or it is one of those that brake. */
export type Decision = 'final' | 'waits' | Pick<Brake, 'scope' | 'value'>

export interface Deciding {
  /** Every refusal of the transport that waits, this mail's among them. */
  readonly waiting: readonly Refusal[]
  readonly mailId: string
  readonly now: number
  /** Something was accepted since that proves it. */
  readonly isProven: (refusal: Refusal) => boolean
  /** Has the transport other mail than that of this stream or sender? */
  readonly hasOthers: (scope: 'stream' | 'sender', value: string) => boolean
}

/** (a mail was refused, what else was) → what follows. Pure. */
export function decide({ waiting, mailId, now, isProven, hasOthers }: Deciding): Decision {
  const own = waiting.filter((one) => one.mailId === mailId)
  if (own.some(isProven)) return 'final'
  const open = waiting.filter((one) => !isProven(one))
  const together = refusedAlike(open, own)
  if (together) return scopeOf(together, hasOthers)
  const first = Math.min(...own.map(({ refusedAt }) => refusedAt))
  return now - first >= provenAfter && mailsOf(open) < alike ? 'final' : 'waits'
}

function refusedAlike(open: readonly Refusal[], own: readonly Refusal[]): readonly Refusal[] | undefined {
  const replies = new Set(own.map(({ reply }) => reply))
  const same = open.filter(({ reply }) => replies.has(reply))
  if (mailsOf(same) >= alike && new Set(same.map(({ domain }) => domain)).size > 1) return same
  return mailsOf(open) >= inARow ? open : undefined
}

function mailsOf(refusals: readonly Refusal[]): number {
  return new Set(refusals.map(({ mailId }) => mailId)).size
}

/** The narrowest that all of them share, where the transport has other mail, too. */
function scopeOf(refusals: readonly Refusal[], hasOthers: Deciding['hasOthers']): Exclude<Decision, string> {
  const shared = (key: keyof Origin) => {
    const values = new Set(refusals.map((one) => one[key]))
    return values.size === 1 ? refusals[0]?.[key] : undefined
  }
  const [tenant, sender, stream] = [shared('tenant'), shared('sender'), shared('stream')]
  if (tenant) return { scope: 'tenant', value: tenant }
  if (sender && (refusals.every(({ isSenders }) => isSenders) || hasOthers('sender', sender)))
    return { scope: 'sender', value: sender }
  if (stream && hasOthers('stream', stream)) return { scope: 'stream', value: stream }
  return { scope: 'transport', value: '' }
}

/** How long until the next canary: as long again as it has been braked. */
export function waitForCanary({ since }: Pick<Brake, 'since'>, now: number, random: number): number {
  const { first, longest } = canaryWait
  return Math.round(Math.min(longest, Math.max(first, now - since)) * (0.75 + random / 2))
}

export function covers({ scope, value }: Pick<Brake, 'scope' | 'value'>, origin: Origin): boolean {
  return scope === 'transport' || origin[scope] === value
}

export interface Answered {
  /** Brakes that an acceptance has ended. */
  readonly ended: readonly Brake[]
  /** What those had held: it goes again. */
  readonly freed: readonly Refusal[]
  /** Refusals that are the mail's own, since another was accepted after them. */
  readonly proven: readonly Refusal[]
}

/** (what waits, what was accepted) → what is over. Pure. */
export function answeredBy(
  { waiting, brakes }: { waiting: readonly Refusal[]; brakes: readonly Brake[] },
  { isProven, hasEnded }: { isProven: (refusal: Refusal) => boolean; hasEnded: (brake: Brake) => boolean },
): Answered {
  const active = brakes.filter(({ endedAt }) => endedAt === null)
  const ended = active.filter(hasEnded)
  const braked = (refusal: Refusal) => active.filter((brake) => covers(brake, refusal))
  return {
    ended,
    freed: waiting.filter((one) => braked(one).length > 0 && braked(one).every(hasEnded)),
    proven: waiting.filter((one) => braked(one).length === 0 && isProven(one)),
  }
}

/** For how long of a mail's life it was braked. Milliseconds. */
export function brakedFor(
  brakes: readonly Brake[],
  origin: Origin & { sendAt: number },
  now: number,
): number {
  const own = brakes.filter((brake) => covers(brake, origin))
  return stoppedFor(own, { sendAt: origin.sendAt, now })
}
