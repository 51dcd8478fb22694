import type { Reason, RecipientState, State } from '../../mail/mail.ts'
import { endOf } from '../../mail/transitions.ts'
import type { RecipientChange } from '../../settle.ts'
import type { Resolution, Settling } from '../store.ts'

/** A flagged mail, and who of it is still to be asked because an answer was lost. */
export interface Doubtful {
  readonly mailId: string
  readonly token: number
  readonly state: State
  readonly reason: Reason | null
  readonly attempts: number
  readonly unknowns: number
  readonly recipients: readonly {
    readonly seq: number
    readonly address: string
    readonly state: RecipientState
  }[]
  /** Their `seq`. */
  readonly doubted: ReadonlySet<number>
}

export interface Decided {
  readonly resolution: Resolution
  readonly who: string | null
  readonly now: number
}

/** (mail, what a person says of it) → what is written. Pure. */
export function resolved(mail: Doubtful, { resolution, who, now }: Decided): Settling {
  const { mailId, attempts, unknowns, doubted } = mail
  const token = mail.token + 1
  const decision = resolution === 'arrived' ? 'it arrived' : 'to be sent again'
  const text = `decided by hand${who === null ? '' : ` by ${who}`}: ${decision}`
  const arrived = resolution === 'arrived' ? mail.recipients.filter(({ seq }) => doubted.has(seq)) : []
  const recipients = arrived.map(({ seq }): RecipientChange => ({ seq, state: 'accepted', reply: { text } }))
  const next = resolution === 'arrived' ? afterArrival(mail) : ({ state: 'queued', reason: null } as const)
  return {
    settlement: {
      ...{ mailId, token, ...next, dueAt: now, attempts, unknowns, recipients },
      dropBody: false,
      accepted: recipients.length > 0,
    },
    attempt: {
      ...{ mailId, token, attempt: attempts, startedAt: now, ms: 0, worker: who ?? '', transport: '' },
      ...{ outcome: 'by-hand', code: null, enhanced: null, reply: text, errorCode: null, doubt: false },
      ...{ remote: null, tls: null, serverMessageId: null },
      recipients: arrived.map(({ address }) => ({ address, verdict: 'accepted' })),
    },
  }
}

/**
 * Recipients that were deferred in the same attempt have not got it, whatever the others have: held mail goes to them.
 */
function afterArrival({ recipients, doubted, state, reason }: Doubtful): {
  state: State
  reason: Reason | null
} {
  const after = recipients.map((one) => (doubted.has(one.seq) ? 'accepted' : one.state))
  return endOf(after) ?? (state === 'held' ? { state: 'queued', reason: null } : { state, reason })
}
