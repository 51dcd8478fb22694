import type { Row } from '../../connections/database.ts'
import {
  priorities,
  type Reason,
  type RecipientKind,
  type RecipientState,
  type State,
} from '../../mail/mail.ts'
import type { Engine } from '../engine.ts'
import { dateOrNull, listOf, numberOrNull, parseJson, textOrNull } from '../rows.ts'
import type { AttemptRecord, MailRecord, RecipientRecord } from '../store.ts'

export function recordOf(
  row: Row,
  { recipients, tags }: { recipients: readonly Row[]; tags: readonly Row[] },
  engine: Engine,
): MailRecord {
  return {
    id: engine.readId(row.id),
    messageId: String(row.message_id),
    state: row.state as State,
    reason: row.reason as Reason | null,
    subject: String(row.subject),
    sender: String(row.sender),
    stream: String(row.stream),
    tenant: textOrNull(row.tenant),
    priority: priorities[Number(row.priority)] ?? 'normal',
    createdAt: new Date(Number(row.created_at)),
    sendAt: new Date(Number(row.send_at)),
    dueAt: new Date(Number(row.due_at)),
    expiresAt: dateOrNull(row.expires_at),
    settledAt: dateOrNull(row.settled_at),
    attempts: Number(row.attempts),
    unknowns: Number(row.unknowns),
    refusedAt: dateOrNull(row.refused_at),
    onUnknown: row.on_unknown === 'hold' ? 'hold' : 'retry',
    sensitive: Number(row.is_sensitive) === 1,
    size: Number(row.size ?? 0),
    hasBody: Number(row.has_body) > 0,
    idempotencyKey: textOrNull(row.idempotency_key),
    resentFrom: row.resent_from === null ? null : engine.readId(row.resent_from),
    metadata: parseJson(row.metadata) ?? null,
    tags: tags.map(({ tag }) => String(tag)),
    recipients: recipients.map(recipientOf),
  }
}

function recipientOf(row: Row): RecipientRecord {
  return {
    address: String(row.address),
    kind: row.kind as RecipientKind,
    state: row.state as RecipientState,
    code: numberOrNull(row.code),
    enhanced: textOrNull(row.enhanced),
    reply: textOrNull(row.reply),
    settledAt: dateOrNull(row.settled_at),
  }
}

export function attemptOf(row: Row, engine: Engine): AttemptRecord {
  return {
    mailId: engine.readId(row.mail_id),
    token: Number(row.token),
    attempt: Number(row.attempt),
    startedAt: Number(row.started_at),
    ms: Number(row.ms),
    worker: String(row.worker),
    transport: String(row.transport),
    outcome: String(row.outcome),
    code: numberOrNull(row.code),
    enhanced: textOrNull(row.enhanced),
    reply: textOrNull(row.reply),
    errorCode: textOrNull(row.error_code),
    doubt: Number(row.doubt) === 1,
    remote: textOrNull(row.remote),
    tls: textOrNull(row.tls),
    serverMessageId: textOrNull(row.server_message_id),
    recipients: listOf<AnswerTuple>(row.recipients).map(answerOf),
  }
}

type AnswerTuple = readonly [
  address: string,
  verdict: string,
  code: number | null,
  enhanced: string | null,
  text: string | null,
]

function answerOf([
  address,
  verdict,
  code,
  enhanced,
  text,
]: AnswerTuple): AttemptRecord['recipients'][number] {
  return {
    address,
    verdict,
    ...(code !== null && { code }),
    ...(enhanced !== null && { enhanced }),
    ...(text !== null && { text }),
  }
}
