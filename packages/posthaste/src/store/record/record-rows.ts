import type { Row } from '../../connections/database.ts'
import { onUnknowns, priorities, reasons, recipientKinds, recipientStates, states } from '../../mail/mail.ts'
import type { Engine } from '../engine.ts'
import { listOf, StoredRow } from '../rows.ts'
import type { AttemptRecord, MailRecord, RecipientRecord } from '../store.ts'

/** A mail whose state cannot be read is shown as what a worker makes of it. */
export function recordOf(
  row: Row,
  { recipients, tags }: { recipients: readonly Row[]; tags: readonly Row[] },
  engine: Engine,
): MailRecord {
  const read = new StoredRow(row)
  const people = recipients.map((one) => recipientOf(new StoredRow(one), read.faults))
  const state = read.oneOf('state', states, 'failed')
  const reason = read.oneOfOrNull('reason', reasons)
  const [isSensitive, resentFrom] = [read.flag('is_sensitive'), row.resent_from ?? null]
  const record = {
    id: engine.readId(row.id),
    messageId: read.text('message_id'),
    state,
    reason: read.faults.includes('state') ? ('unreadable' as const) : reason,
    subject: read.text('subject'),
    sender: read.text('sender'),
    stream: read.text('stream'),
    tenant: read.textOrNull('tenant'),
    priority: priorities[read.count('priority')] ?? 'normal',
    createdAt: read.date('created_at'),
    sendAt: read.date('send_at'),
    dueAt: read.date('due_at'),
    expiresAt: read.dateOrNull('expires_at'),
    settledAt: read.dateOrNull('settled_at'),
    attempts: read.count('attempts'),
    unknowns: read.count('unknowns'),
    refusedAt: read.dateOrNull('refused_at'),
    onUnknown: read.oneOf('on_unknown', onUnknowns, 'hold'),
    // What cannot be read may have been a secret.
    sensitive: isSensitive || read.faults.includes('is_sensitive'),
    size: read.countOrNull('size') ?? 0,
    hasBody: read.count('has_body') > 0,
    idempotencyKey: read.textOrNull('idempotency_key'),
    resentFrom: resentFrom === null ? null : engine.readId(resentFrom),
    metadata: read.json('metadata'),
    tags: tags.map(({ tag }) => String(tag)),
    recipients: people,
  }
  return { ...record, unreadable: read.faults }
}

function recipientOf(read: StoredRow, faults: string[]): RecipientRecord {
  const recipient: RecipientRecord = {
    address: read.text('address'),
    kind: read.oneOf('kind', recipientKinds, 'envelope'),
    state: read.oneOf('state', recipientStates, 'suppressed'),
    code: read.code('code'),
    enhanced: read.textOrNull('enhanced'),
    reply: read.textOrNull('reply'),
    settledAt: read.dateOrNull('settled_at'),
  }
  for (const name of read.faults) if (!faults.includes(`recipient.${name}`)) faults.push(`recipient.${name}`)
  return recipient
}

export function attemptOf(row: Row, engine: Engine): AttemptRecord {
  const read = new StoredRow(row)
  return {
    mailId: engine.readId(row.mail_id),
    token: read.token('token'),
    attempt: read.count('attempt'),
    startedAt: read.time('started_at'),
    ms: read.countOrNull('ms') ?? 0,
    worker: read.text('worker'),
    transport: read.text('transport'),
    outcome: read.text('outcome'),
    code: read.code('code'),
    enhanced: read.textOrNull('enhanced'),
    reply: read.textOrNull('reply'),
    errorCode: read.textOrNull('error_code'),
    doubt: read.flag('doubt'),
    remote: read.textOrNull('remote'),
    tls: read.textOrNull('tls'),
    serverMessageId: read.textOrNull('server_message_id'),
    recipients: answersOf(row.recipients),
  }
}

/** What an attempt's line says of its recipients; what is none of these is left out. */
export function answersOf(json: unknown): AttemptRecord['recipients'] {
  return listOf<unknown>(json).flatMap((tuple) => (Array.isArray(tuple) ? answerOf(tuple) : []))
}

function answerOf([address, verdict, code, enhanced, text]: readonly unknown[]): AttemptRecord['recipients'] {
  if (typeof address !== 'string' || typeof verdict !== 'string') return []
  return [
    {
      address,
      verdict,
      ...(typeof code === 'number' && { code }),
      ...(typeof enhanced === 'string' && { enhanced }),
      ...(typeof text === 'string' && { text }),
    },
  ]
}
