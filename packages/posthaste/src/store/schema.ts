import type { OnUnknown, Reason, RecipientKind, RecipientState, State } from '../mail/mail.ts'

/** A UUID as the engine stores it. */
type Id = string | Uint8Array
/** Milliseconds since 1970; drivers may give a string. */
type Time = number
type Flag = 0 | 1
type Bytes = Uint8Array
/** JSON text. */
type Json = string

/** The tables as Kysely sees them; what each column is for stands in docs/reference/schema.md. */
export interface Schema {
  migration: { version: number; name: string; applied_at: Time }
  meta: { name: string; value: string }
  mail: MailTable
  body: {
    mail_id: Id
    document: Bytes
    mime: Bytes | null
    mime_size: number | null
    size: number
    contents: Json | null
  }
  content: { id: Id; size: number; chunks: number; sha256: string; pinned: Flag; created_at: Time }
  chunk: { content_id: Id; seq: number; data: Bytes }
  content_use: { mail_id: Id; content_id: Id }
  recipient: RecipientTable
  tag: { mail_id: Id; tag: string }
  idempotency: { idempotency_key: string; mail_id: Id; hash: string }
  delivery: DeliveryTable
  attempt: AttemptTable
  suppression: SuppressionTable
  worker: WorkerTable
  pause: { stream: string; reason: string | null; who: string | null; since: Time }
  transport: {
    name: string
    rest_until: Time | null
    reason: string | null
    since: Time | null
    faults: number
  }
}

export interface MailTable {
  id: Id
  message_id: string
  /** The first 200 characters; the whole is in the document. */
  subject: string
  /** Lower case, the first 100 characters. */
  subject_key: string
  sender: string
  stream: string
  tenant: string | null
  priority: number
  created_at: Time
  /** When it was first due. */
  send_at: Time
  expires_at: Time | null
  on_unknown: OnUnknown
  is_sensitive: Flag
  /** The mail's own retry policy, where it has one. */
  retry: Json | null
  /** What it asks of the SMTP conversation, such as DSN. */
  smtp: Json | null
  metadata: Json | null
  idempotency_key: string | null
  resent_from: Id | null
}

export interface RecipientTable {
  mail_id: Id
  seq: number
  kind: RecipientKind
  address: string
  /** Lower case: what searches and suppressions compare. */
  address_key: string
  state: RecipientState
  code: number | null
  enhanced: string | null
  reply: string | null
  settled_at: Time | null
}

/** The small changing half: what a worker claims, and nothing else. */
export interface DeliveryTable {
  mail_id: Id
  state: State
  reason: Reason | null
  stream: string
  /** priority × 2, + 1 when it was attempted before. */
  lane: number
  due_at: Time
  /** The mail's, until an operator asks for mail that has expired. */
  expires_at: Time | null
  attempts: number
  /** Fencing token: grows with each claim, and with each decision that takes a claim away. */
  token: number
  worker_id: Id | null
  claimed_at: Time | null
  /** The body may have begun to leave under this claim. */
  dispatched_at: Time | null
  /** How many times an acceptance may have been lost: a second copy is possible after each. */
  unknowns: number
  /** How many workers died holding it. */
  rescues: number
  settled_at: Time | null
  has_body: Flag
}

export interface AttemptTable {
  mail_id: Id
  token: number
  attempt: number
  started_at: Time
  ms: number
  worker: string
  transport: string
  /** accepted, partial, deferred, rejected, unknown, fault, expired, died … */
  outcome: string
  code: number | null
  enhanced: string | null
  reply: string | null
  error_code: string | null
  remote: string | null
  tls: string | null
  server_message_id: string | null
  /** Per recipient: `[address, verdict, code, enhanced, text]`. */
  recipients: Json | null
}

export interface SuppressionTable {
  /** Lower case address or `@domain`, or `sha256:…` of one that was forgotten. */
  address_key: string
  /** '' is every stream. */
  stream: string
  reason: string
  origin: string
  note: string | null
  created_at: Time
  expires_at: Time | null
}

export interface WorkerTable {
  id: Id
  name: string
  version: string
  started_at: Time
  heartbeat_at: Time
  lease_until: Time
  sleeping: Flag
  stopping: Flag
  streams: Json | null
  concurrency: number
  delivered: number
}
