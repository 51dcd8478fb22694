/** What may be left out of the protocol, to see that its absence is noticed. */
export type Omission = 'fence' | 'lease' | 'flag' | 'stale acceptance'

export type Violation =
  | 'lost'
  | 'unflagged'
  | 'out of policy'
  | 'doubt without a cause'
  | 'asked again after an acceptance on record'

export interface Mail {
  state: 'queued' | 'sending' | 'sent' | 'held'
  policy: 'retry' | 'hold'
  token: number
  holder: number
  dispatched: boolean
  unknowns: number
  /** A recipient's acceptance on record. */
  accepted: boolean
  copies: number
}

/** `allowed`: it was told that the body may leave, which has not left yet. */
export type Phase = 'idle' | 'claimed' | 'allowed' | 'handed over' | 'accepted' | 'deferred' | 'unknown'

export interface Worker {
  /** Its name in the database; undefined there once it was declared dead. */
  id: number
  phase: Phase
  token: number
  claimedAs: number
  /** The claim was made after an acceptance had been brought to the database. */
  late: boolean
  until: number
  dead: boolean
  standsUntil: number
}
