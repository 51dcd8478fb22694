import type { FaultKind, Scope, Verdict } from '../../../outcome.ts'

/** What a row of a verdict table says. */
export interface Judgement {
  readonly verdict: Exclude<Verdict, 'accepted'>
  readonly scope: Scope
  /** Surely the recipient's or the content's: final at once. */
  readonly proven?: boolean
  /** The transport has trouble, and no attempt of the mail is counted. */
  readonly fault?: FaultKind
}

/** Where a row's reading can be checked: a section of an RFC, or the provider's own page. */
export type Source = string

export const recipientGone: Judgement = { verdict: 'rejected', scope: 'recipient', proven: true }
export const contentRefused: Judgement = { verdict: 'rejected', scope: 'mail', proven: true }
export const refused: Judgement = { verdict: 'rejected', scope: 'unknown' }
export const recipientRefused: Judgement = { verdict: 'rejected', scope: 'recipient' }
export const senderRefused: Judgement = { verdict: 'rejected', scope: 'sender' }
export const later: Judgement = { verdict: 'deferred', scope: 'unknown' }
export const recipientLater: Judgement = { verdict: 'deferred', scope: 'recipient' }
export const mailLater: Judgement = { verdict: 'deferred', scope: 'mail' }
export const senderLater: Judgement = { verdict: 'deferred', scope: 'sender' }
export const doubtful: Judgement = { verdict: 'unknown', scope: 'unknown' }
export const throttled: Judgement = { verdict: 'deferred', scope: 'transport', fault: 'throttled' }
/** A 421, a "too many": perhaps the transport's, perhaps this mail's alone. */
export const perhapsThrottled: Judgement = { verdict: 'deferred', scope: 'unknown', fault: 'throttled' }
/** The server answered too slowly: perhaps it always does, perhaps over this mail alone. */
export const perhapsSlow: Judgement = { verdict: 'deferred', scope: 'unknown', fault: 'connection' }
export const accountStopped: Judgement = { verdict: 'deferred', scope: 'transport', fault: 'account' }
export const loginRefused: Judgement = { verdict: 'deferred', scope: 'transport', fault: 'authentication' }
export const perhapsForbidden: Judgement = { verdict: 'deferred', scope: 'unknown', fault: 'authentication' }
export const unreachable: Judgement = { verdict: 'deferred', scope: 'transport', fault: 'connection' }
export const untrusted: Judgement = { verdict: 'deferred', scope: 'transport', fault: 'tls' }
export const misconfigured: Judgement = { verdict: 'deferred', scope: 'transport', fault: 'configuration' }
/** The disk of this worker's machine is full, and the like. */
export const ownTrouble: Judgement = { verdict: 'deferred', scope: 'transport', fault: 'worker' }
/** A file is not there: perhaps on this machine, perhaps nowhere, and only this mail wants it. */
export const perhapsOwnTrouble: Judgement = { verdict: 'deferred', scope: 'unknown', fault: 'worker' }
