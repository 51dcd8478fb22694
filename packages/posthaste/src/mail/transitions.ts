import { type Reason, type RecipientState, type State, states } from './mail.ts'

/** `late fact`: an acceptance that arrives under a claim which was taken away. */
export type Actor = 'app' | 'worker' | 'maintenance' | 'operator' | 'late fact'

/**
 * One way in which a delivery changes its state. Two columns follow from the state and stand in no row: `settled_at` is set in a final state
 * only, and only `sending` has a worker, a time of claim and a time of dispatch.
 */
export interface Transition {
  readonly by: Actor
  /** Empty: the mail is new. */
  readonly from: readonly State[]
  /** With what the diagram says of it; empty: the mail is deleted. */
  readonly to: Readonly<Partial<Record<State, string>>>
  /** To this state only from these. @default from all of `from` */
  readonly onlyFrom?: Readonly<Partial<Record<State, readonly State[]>>>
  /** Of `sending`: only while its body has surely not begun to leave. */
  readonly undispatched?: true
  /** Only while the content is there. */
  readonly needsBody?: true
  /** Only mail that is flagged as possibly sent. */
  readonly doubtful?: true
  /** Only while no other mail holds its idempotency key; or only to these states, from others. */
  readonly needsKey?: true | readonly State[]
  /** Not mail that has one of these reasons. */
  readonly unless?: readonly Reason[]
  /** @default none */
  readonly reason?: Reason
  /** The fencing token stays: it names the attempt that is going on. @default it grows, so that no earlier claim counts any more */
  readonly keepsToken?: true
  /** Further columns. */
  readonly set?: Changes
}

export interface Changes {
  readonly due_at?: 'now' | 'now, unless it is later'
  readonly rescues?: 0
  readonly expires_at?: 'never where it had expired'
}

const table = {
  enqueue: {
    by: 'app',
    from: [],
    to: { queued: 'enqueue', suppressed: 'enqueue, every recipient is suppressed' },
    keepsToken: true,
  },
  claim: {
    by: 'worker',
    from: ['queued'],
    to: { sending: 'claim, when it is due', failed: 'its row is unreadable' },
  },
  dispatch: { by: 'worker', from: ['sending'], to: { sending: 'dispatch' }, keepsToken: true },
  settle: {
    by: 'worker',
    from: ['sending'],
    to: {
      sent: 'every recipient is accepted or suppressed',
      queued: 'deferred, or a fault of the transport',
      failed: 'rejected, gave up, expired, unreadable',
      suppressed: 'every recipient was suppressed meanwhile',
      held: 'unknown, and its policy is hold',
    },
    keepsToken: true,
  },
  returnClaim: { by: 'worker', from: ['sending'], to: { queued: 'returned' } },
  // A refusal that may have been the transport's fault, and was not: other mail was accepted after it.
  prove: {
    by: 'worker',
    from: ['queued'],
    to: { failed: 'its refusal was proven', queued: 'the same, and others are still to be asked' },
  },
  resumeTransport: {
    by: 'operator',
    from: ['queued'],
    to: { queued: 'the transport that it waits for is resumed' },
    set: { due_at: 'now' },
  },
  unbrake: { by: 'worker', from: ['queued'], to: { queued: 'its brake ended' }, set: { due_at: 'now' } },
  rescue: {
    by: 'worker',
    from: ['sending'],
    to: {
      queued: 'its worker died',
      held: 'its worker died, in doubt, and its policy is hold',
      failed: 'too many workers died with it',
    },
    set: { due_at: 'now' },
  },
  expire: { by: 'maintenance', from: ['queued', 'held'], to: { failed: 'expired' }, reason: 'expired' },
  cancel: {
    by: 'app',
    from: ['queued', 'held', 'sending'],
    undispatched: true,
    to: { cancelled: 'cancel, or replaced' },
  },
  // Of held mail, `due_at` is since when it could have gone: so long it was idle.
  hold: {
    by: 'operator',
    from: ['queued'],
    to: { held: 'hold' },
    reason: 'by-hand',
    set: { due_at: 'now, unless it is later' },
  },
  release: { by: 'operator', from: ['held'], needsKey: true, to: { queued: 'release' } },
  // Asked for by hand, mail that had expired or killed its workers gets a new chance.
  retry: {
    by: 'operator',
    from: ['failed', 'held', 'cancelled', 'queued'],
    needsBody: true,
    needsKey: true,
    to: { queued: 'retry' },
    set: { due_at: 'now', rescues: 0, expires_at: 'never where it had expired' },
  },
  resolveArrived: {
    by: 'operator',
    from: ['held', 'queued', 'failed', 'cancelled'],
    doubtful: true,
    to: { sent: 'resolve --arrived', failed: 'resolve --arrived', queued: 'resolve --arrived' },
    onlyFrom: { queued: ['held'] },
    needsKey: ['queued'],
    set: { rescues: 0 },
  },
  resolveRetry: {
    by: 'operator',
    from: ['held', 'queued'],
    doubtful: true,
    needsBody: true,
    needsKey: true,
    to: { queued: 'resolve --retry' },
    set: { rescues: 0 },
  },
  // It goes on for the other recipients, or ends.
  forget: {
    by: 'operator',
    from: ['queued', 'held', 'sending'],
    undispatched: true,
    to: { queued: 'forget', held: 'forget', sent: 'forget', cancelled: 'forget' },
    onlyFrom: { queued: ['sending'], held: ['held'] },
  },
  // After another conversation it is only recorded, as a possible second copy.
  acceptLate: {
    by: 'late fact',
    from: ['queued', 'held', 'sending', 'failed', 'suppressed', 'cancelled'],
    undispatched: true,
    unless: ['rejected', 'gave-up'],
    to: { sent: 'a late acceptance', failed: 'a late acceptance', queued: 'a late acceptance' },
    onlyFrom: { queued: ['sending'] },
  },
} as const satisfies Record<string, Transition>

export type TransitionName = keyof typeof table

/** Every way in which a delivery changes its state, but deletion at the end of a final one. */
export const transitions: Readonly<Record<TransitionName, Transition>> = table

/** Nothing but a person or a late fact moves a mail on from here. */
export const finalStates: readonly State[] = states.filter(
  (state) =>
    !Object.values(transitions).some(
      ({ by, from }) => ['app', 'worker', 'maintenance'].includes(by) && from.includes(state),
    ),
)

/** Final, and not `sent`: such mail gives its idempotency key back, and is kept by `retention.failed`. */
export const unsentStates: readonly State[] = finalStates.filter((state) => state !== 'sent')

/** Where a mail rests: final, or waiting for a person. */
export const restingStates: readonly State[] = [...finalStates, 'held']

export function isFinal(state: State): boolean {
  return finalStates.includes(state)
}

export interface Standing {
  readonly state: State
  readonly reason?: Reason | null
  readonly isDispatched: boolean
}

/** Whether the state of a delivery allows it; whether its content is there and its outcome in doubt is for the database to say. */
export function isAllowed(name: TransitionName, { state, reason, isDispatched }: Standing): boolean {
  const { from, undispatched, unless } = transitions[name]
  if (undispatched && state === 'sending' && isDispatched) return false
  return from.includes(state) && !(reason && unless?.includes(reason))
}

/** Where a mail ends by what its recipients have come to; undefined while one of them is still to be asked. */
export function endOf(
  recipients: readonly RecipientState[],
): { readonly state: State; readonly reason: Reason | null } | undefined {
  if (recipients.includes('pending')) return undefined
  if (recipients.includes('rejected')) return { state: 'failed', reason: 'rejected' }
  return { state: recipients.includes('accepted') ? 'sent' : 'suppressed', reason: null }
}
