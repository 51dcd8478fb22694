import type { Row } from '../../connections/database.ts'
import { longestDuration } from '../../input/time.ts'
import { onUnknowns, recipientKinds, recipientStates } from '../../mail/mail.ts'
import type { SmtpParameters } from '../../mail/smtp-parameters.ts'
import type { RetryPolicy } from '../../retry.ts'
import type { Engine } from '../engine.ts'
import { parseJson, StoredRow } from '../rows.ts'
import type { Claim, ClaimedRecipient } from '../store.ts'

/** `seq`, address, kind and state, as they were read. */
export type RecipientTuple = readonly unknown[]

/** A mail as it was claimed; its `faults` are columns of which nothing can be made. */
export function claimOf(row: Row, recipients: readonly RecipientTuple[], engine: Engine): Claim {
  const read = new StoredRow(row)
  const claim: Claim = {
    mailId: engine.readId(row.mail_id),
    token: read.token('token'),
    stream: read.text('stream'),
    tenant: read.textOrNull('tenant'),
    lane: read.count('lane'),
    attempts: read.count('attempts'),
    unknowns: read.count('unknowns'),
    rescues: read.count('rescues'),
    messageId: read.text('message_id'),
    sender: read.text('sender'),
    createdAt: read.time('created_at'),
    sendAt: read.time('send_at'),
    dueAt: read.time('due_at'),
    expiresAt: read.timeOrNull('expires_at'),
    onUnknown: read.oneOf('on_unknown', onUnknowns, 'hold'),
    sensitive: read.flag('is_sensitive'),
    retry: retryOf(parseJson(row.retry)),
    smtp: smtpOf(read),
    recipients: recipients.map((tuple) => recipientOf(tuple, read)),
    mime: read.bytesOrNull('mime'),
    mimeSize: read.countOrNull('mime_size'),
  }
  return read.faults.length > 0 ? { ...claim, faults: read.faults } : claim
}

export function byLaneAndDue(a: Claim, b: Claim): number {
  return a.lane - b.lane || a.dueAt - b.dueAt || (a.mailId < b.mailId ? -1 : 1)
}

function recipientOf(tuple: RecipientTuple, mail: StoredRow): ClaimedRecipient {
  const [seq, address, kind, state] = Array.isArray(tuple) ? tuple : []
  const read = new StoredRow({ seq, address, kind, state })
  const recipient: ClaimedRecipient = {
    seq: read.count('seq'),
    address: read.text('address'),
    kind: read.oneOf('kind', recipientKinds, 'envelope'),
    state: read.oneOf('state', recipientStates, 'suppressed'),
  }
  for (const name of read.faults)
    if (!mail.faults.includes(`recipient.${name}`)) mail.faults.push(`recipient.${name}`)
  return recipient
}

/** REQUIRETLS may stand there: what cannot be read is not taken as nothing. */
function smtpOf(read: StoredRow): SmtpParameters | null {
  const smtp = read.json('smtp')
  if (typeof smtp === 'object') return smtp as SmtpParameters | null
  read.faults.push('smtp')
  return null
}

const bounds = {
  first: longestDuration,
  factor: 1_000,
  max: longestDuration,
  jitter: 1,
  giveUpAfter: longestDuration,
} as const satisfies Record<keyof RetryPolicy, number>

/** A stored policy that cannot be used counts as none: the stream's own applies. */
function retryOf(policy: unknown): RetryPolicy | null {
  if (typeof policy !== 'object' || policy === null) return null
  const isUsable = Object.entries(bounds).every(([key, largest]) => {
    const value = (policy as Record<string, unknown>)[key]
    return typeof value === 'number' && value >= 0 && value <= largest
  })
  return isUsable ? (policy as RetryPolicy) : null
}
