import type { RecipientState, State } from '../../mail/mail.ts'
import { endOf } from '../../mail/transitions.ts'
import type { Reply } from '../../outcome.ts'
import type { RecipientChange } from '../../settle.ts'
import type { Proven } from '../refusal-store.ts'
import type { Settling } from '../store.ts'

/** A mail that waits, and who of it was refused. */
export interface Refused extends Pick<Proven, 'mailId' | 'messageId' | 'stream' | 'tenant' | 'attempts'> {
  readonly token: number
  readonly unknowns: number
  readonly dueAt: number
  readonly recipients: readonly {
    readonly seq: number
    readonly address: string
    readonly state: RecipientState
    readonly reply: Reply
  }[]
  /** Their `seq`. */
  readonly refused: ReadonlySet<number>
  readonly transport: string
}

/** (mail, whose refusal was proven) → what is written. Pure. */
export function provenSettling(mail: Refused, { worker, now }: { worker: string; now: number }): Settling {
  const { mailId, attempts, unknowns, transport } = mail
  const token = mail.token + 1
  const rejected = rejectedOf(mail)
  const recipients = rejected.map(({ seq, reply }): RecipientChange => ({ seq, state: 'rejected', reply }))
  const next = nextOf(mail)
  const { code = null, enhanced = null } = rejected[0]?.reply ?? {}
  return {
    settlement: {
      ...{ mailId, token, ...next, dueAt: mail.dueAt, attempts, unknowns, recipients },
      dropBody: false,
      accepted: false,
    },
    attempt: {
      ...{ mailId, token, attempt: 0, startedAt: now, ms: 0, worker, transport, outcome: 'proven' },
      ...{ code, enhanced, reply: why, errorCode: null, doubt: false },
      ...{ remote: null, tls: null, serverMessageId: null },
      recipients: rejected.map(({ address, reply }) => ({ address, verdict: 'rejected', ...reply })),
    },
  }
}

const why = 'its refusal is its own: other mail was accepted after it'

export function rejectedOf({ recipients, refused }: Refused): Refused['recipients'] {
  return recipients.filter(({ seq, state }) => state === 'pending' && refused.has(seq))
}

function nextOf({ recipients, refused }: Refused): Pick<Settling['settlement'], 'state' | 'reason'> {
  const after = recipients.map(
    ({ seq, state }): RecipientState => (state === 'pending' && refused.has(seq) ? 'rejected' : state),
  )
  return endOf(after) ?? { state: 'queued' satisfies State, reason: null }
}
