export type {
  AttachmentOptions,
  Limit,
  QueueConfig,
  Redirect,
  RetentionOptions,
  RetryOptions,
  StreamConfig,
} from './config/queue-config.ts'
export { type ErrorCode, isPosthasteError, PosthasteError } from './errors.ts'
export type { WorkerEvents } from './events.ts'
export type { Filter } from './filter.ts'
export type { Duration, Instant } from './input/time.ts'
export type { StoredContent } from './mail/content-source.ts'
export type { Mail, MailAttachment, OnUnknown, Priority, Reason, RecipientState, State } from './mail/mail.ts'
export type { EnqueueOptions } from './options.ts'
export type { Outcome, RecipientOutcome, Reply, TransportFault, Verdict } from './outcome.ts'
export type { Attachments } from './queue/attachments.ts'
export type { ContentAttachment, MailContent } from './queue/content.ts'
export { createMailQueue } from './queue/create-mail-queue.ts'
export type { Finding } from './queue/diagnose/finding.ts'
export type { Enqueued } from './queue/enqueue.ts'
export type { Health, HealthOptions } from './queue/health.ts'
export type { ManyItem, ManyOptions } from './queue/in-chunks.ts'
export { MailQueue } from './queue/mail-queue.ts'
export type { MailReader } from './queue/mail-reader.ts'
export { BatchError, type InvalidItem, type ManyResult } from './queue/many-result.ts'
export type { QueuedInfo, QueueTransport } from './queue/nodemailer-transport.ts'
export type { Prepared } from './queue/prepared.ts'
export type { PurgeOptions } from './queue/purge.ts'
export type {
  Acted,
  Attempt,
  AttemptRecipient,
  Brake,
  MailRecord,
  Page,
  Pause,
  RecipientRecord,
  Resolution,
  Stats,
  StreamStats,
  Superseded,
  Suppression,
  TransportState,
  WorkerInfo,
} from './queue/records.ts'
export type { Suppressions, SuppressOptions } from './queue/suppressions.ts'
export type { MailSql, SqlOptions, SqlStatement } from './queue/to-sql.ts'
export type { Nodemailer, QueueTransporter } from './queue/transporter-of.ts'
export type { PauseTransportOptions, Transports } from './queue/transports.ts'
export type { TransportConfig } from './transports/create-transport.ts'
export type { Dispatch, Envelope, Transport } from './transports/transport.ts'
export { version } from './version.ts'
export type { PassCounts } from './worker/budget.ts'
export type { Worker } from './worker/worker.ts'
export type { DeliverOptions, WorkerOptions } from './worker/worker-options.ts'
