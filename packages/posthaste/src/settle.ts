import type { Reason, RecipientState, State } from './mail/mail.ts'
import { endOf, isFinal } from './mail/transitions.ts'
import {
  answersOf,
  faultOf,
  isTransportWide,
  type Outcome,
  type RecipientOutcome,
  type Reply,
} from './outcome.ts'
import { isUnproven } from './refusal.ts'
import { backoff, type RetryPolicy } from './retry.ts'

/** What settling needs to know of the claim. */
export interface Deciding {
  readonly mailId: string
  readonly token: number
  /** Attempts before this one. */
  readonly attempts: number
  readonly sendAt: number
  readonly expiresAt: number | null
  readonly onUnknown: 'retry' | 'hold'
  readonly sensitive: boolean
  readonly retry: RetryPolicy
  readonly unknowns: number
  /** All recipients, with what is settled already. */
  readonly recipients: readonly {
    readonly seq: number
    readonly address: string
    readonly state: RecipientState
  }[]
}

export interface RecipientChange {
  readonly seq: number
  readonly state: RecipientState
  readonly reply?: Reply
}

/** What was decided from an outcome: applied in one statement, and only while the claim still holds. */
export interface Settlement {
  readonly mailId: string
  readonly token: number
  readonly state: State
  readonly reason: Reason | null
  readonly dueAt: number
  readonly attempts: number
  /** Acceptances that may have been lost, this one included. */
  readonly unknowns: number
  readonly recipients: readonly RecipientChange[]
  /** True: the content goes with the settlement (a sensitive mail that is finished). */
  readonly dropBody: boolean
  /** Some recipient was accepted: a fact that a lost lease does not undo. */
  readonly accepted: boolean
}

export interface Circumstances {
  readonly now: number
  /** In [0, 1). */
  readonly random: number
  /** How long the transport rests, where the outcome is its fault; what the server asked for is waited for, too. */
  readonly restFor?: number | undefined
  /** The mail met a brake: no attempt is counted, and its age does not matter. */
  readonly isBraked?: boolean | undefined
  /** What does not count to its age. Milliseconds. */
  readonly uncountedMs?: number | undefined
}

/** (claim, outcome, now) → what happens next. Pure. */
export function settle(
  claim: Deciding,
  outcome: Outcome,
  { now, random, restFor = 0, isBraked = false, uncountedMs = 0 }: Circumstances,
): Settlement {
  const recipients = changes(claim, outcome)
  const states = new Map(recipients.map(({ seq, state }) => [seq, state]))
  const after = claim.recipients.map((one) => states.get(one.seq) ?? one.state)
  const answers = answersOf(outcome)
  const doubtful = answers.some(({ verdict }) => verdict === 'unknown')
  const counts = !isBraked && countsAsAttempt(outcome)
  const attempts = claim.attempts + (counts ? 1 : 0)
  const asked = answers.reduce((longest, { retryAfter = 0 }) => Math.max(longest, retryAfter), restFor)
  const next =
    outcome.type === 'unsent'
      ? ({ state: 'failed', reason: outcome.reason, dueAt: now } as const)
      : decide(claim, after, {
          ...{ doubtful, attempts, counts, now, random, restFor: asked },
          age: isBraked ? 0 : Math.max(0, now - claim.sendAt - uncountedMs),
        })
  return {
    mailId: claim.mailId,
    token: claim.token,
    ...next,
    attempts,
    unknowns: claim.unknowns + (doubtful ? 1 : 0),
    recipients,
    dropBody: claim.sensitive && isFinal(next.state),
    accepted: answers.some(({ verdict }) => verdict === 'accepted'),
  }
}

/** The transport's own trouble costs the mail no attempt, unless some recipient was answered for all that. */
function countsAsAttempt(outcome: Outcome): boolean {
  const [answers, fault] = [answersOf(outcome), faultOf(outcome)]
  if (fault && !isTransportWide(fault)) return true
  return answers.some(({ verdict }) => verdict !== 'deferred') || (fault === undefined && answers.length > 0)
}

function changes(claim: Deciding, outcome: Outcome): RecipientChange[] {
  const answers = new Map(answersOf(outcome).map((answer) => [answer.address, answer]))
  return claim.recipients.flatMap(({ seq, address, state }) => {
    if (state === 'suppressed') return [{ seq, state }]
    return state === 'pending' ? changeOf(seq, answers.get(address)) : []
  })
}

function changeOf(seq: number, answer: RecipientOutcome | undefined): RecipientChange[] {
  if (!answer) return []
  // A refusal that is not proven waits for what the transport says of other mail.
  const state = isUnproven(answer) ? 'pending' : afterVerdict[answer.verdict]
  return [{ seq, state, ...(answer.reply ? { reply: answer.reply } : {}) }]
}

const afterVerdict = {
  accepted: 'accepted',
  rejected: 'rejected',
  deferred: 'pending',
  unknown: 'pending',
} as const

interface Deciders {
  readonly doubtful: boolean
  readonly attempts: number
  readonly counts: boolean
  readonly now: number
  readonly random: number
  readonly restFor: number
  readonly age: number
}

type Next = Pick<Settlement, 'state' | 'reason' | 'dueAt'>

function decide(claim: Deciding, after: readonly RecipientState[], by: Deciders): Next {
  const end = endOf(after)
  if (end) return { ...end, dueAt: by.now }
  if (by.doubtful && claim.onUnknown === 'hold') return { state: 'held', reason: 'unknown', dueAt: by.now }
  if (claim.expiresAt !== null && claim.expiresAt <= by.now)
    return { state: 'failed', reason: 'expired', dueAt: by.now }
  if (by.age >= claim.retry.giveUpAfter) return { state: 'failed', reason: 'gave-up', dueAt: by.now }
  const wait = Math.max(by.restFor, by.counts ? backoff(claim.retry, by.attempts, by.random) : 1_000)
  return { state: 'queued', reason: null, dueAt: by.now + wait }
}
