import type { Row } from '../../connections/database.ts'
import type { RecipientKind, RecipientState } from '../../mail/mail.ts'
import type { SmtpParameters } from '../../mail/smtp-parameters.ts'
import type { RetryPolicy } from '../../retry.ts'
import type { Engine } from '../engine.ts'
import { bytesOrNull, numberOrNull, parseJson, textOrNull } from '../rows.ts'
import type { Claim, ClaimedRecipient } from '../store.ts'

export type RecipientTuple = readonly [
  seq: number,
  address: string,
  kind: RecipientKind,
  state: RecipientState,
]

export function claimOf(row: Row, recipients: readonly RecipientTuple[], engine: Engine): Claim {
  return {
    mailId: engine.readId(row.mail_id),
    token: Number(row.token),
    stream: String(row.stream),
    tenant: textOrNull(row.tenant),
    lane: Number(row.lane),
    attempts: Number(row.attempts),
    unknowns: Number(row.unknowns),
    rescues: Number(row.rescues),
    messageId: String(row.message_id),
    sender: String(row.sender),
    createdAt: Number(row.created_at),
    sendAt: Number(row.send_at),
    dueAt: Number(row.due_at),
    expiresAt: numberOrNull(row.expires_at),
    onUnknown: row.on_unknown === 'hold' ? 'hold' : 'retry',
    sensitive: Number(row.is_sensitive) === 1,
    retry: retryOf(row.retry),
    smtp: smtpOf(row.smtp),
    recipients: recipients.map(recipientOf),
    mime: bytesOrNull(row.mime),
    mimeSize: numberOrNull(row.mime_size),
  }
}

export function byLaneAndDue(a: Claim, b: Claim): number {
  return a.lane - b.lane || a.dueAt - b.dueAt || (a.mailId < b.mailId ? -1 : 1)
}

function recipientOf([seq, address, kind, state]: RecipientTuple): ClaimedRecipient {
  return { seq, address, kind, state }
}

/** Broken by hand it counts as none. */
function smtpOf(json: unknown): SmtpParameters | null {
  const smtp = parseJson(json)
  return typeof smtp === 'object' && smtp !== null ? (smtp as SmtpParameters) : null
}

const policyKeys = ['first', 'factor', 'max', 'jitter', 'giveUpAfter'] as const

/** A stored policy that cannot be read counts as none: the stream's own applies. */
function retryOf(json: unknown): RetryPolicy | null {
  const policy = parseJson(json)
  if (typeof policy !== 'object' || policy === null) return null
  return policyKeys.every((key) => Number.isFinite((policy as Record<string, unknown>)[key]))
    ? (policy as RetryPolicy)
    : null
}
