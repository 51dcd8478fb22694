import type { SendMailOptions } from 'nodemailer'
import type { StoredContent } from './stored-content.ts'

/**
 * What the app enqueues: every option of a Nodemailer message, and whatever further keys the delivering transport reads
 * (Postmark's `templateId`, Mailgun's `o:tag` …). Immutable once stored.
 */
export type Mail = Omit<
  SendMailOptions,
  'attachments' | 'dkim' | 'auth' | 'signal' | 'normalizeHeaderKey'
> & {
  attachments?: MailAttachment[]
  [key: string]: unknown
}

type NodemailerAttachment = NonNullable<SendMailOptions['attachments']>[number]

/** A Nodemailer attachment whose `content` may also be the reference that `attachments.put()` gave. */
export type MailAttachment = Omit<NodemailerAttachment, 'content'> & {
  content?: NodemailerAttachment['content'] | StoredContent
}

export type Priority = 'high' | 'normal' | 'low' | 'bulk'
export const priorities = ['high', 'normal', 'low', 'bulk'] as const satisfies readonly Priority[]

export type State = 'queued' | 'sending' | 'sent' | 'failed' | 'suppressed' | 'cancelled' | 'held'
export const states = [
  'queued',
  'sending',
  'sent',
  'failed',
  'suppressed',
  'cancelled',
  'held',
] as const satisfies readonly State[]

/** Why a mail is `failed` or `held`. */
export type Reason =
  | 'rejected'
  | 'gave-up'
  | 'expired'
  | 'unreadable'
  | 'crashed-workers'
  | 'unknown'
  | 'by-hand'

export type RecipientKind = 'to' | 'cc' | 'bcc' | 'envelope'
export type RecipientState = 'pending' | 'accepted' | 'rejected' | 'suppressed' | 'unknown'

export type OnUnknown = 'retry' | 'hold'
export const onUnknowns = ['retry', 'hold'] as const satisfies readonly OnUnknown[]
