import type { SendMailOptions } from 'nodemailer'
import type { StoredContent } from './content-source.ts'

/**
 * What the app enqueues: the options of a Nodemailer message. Other names are refused, with what was probably meant. It has a subject, a body, an
 * attachment, `raw` or `provider`. Immutable once stored.
 *
 * @example
 * const mail: Mail = { to: 'ada@example.com', subject: 'Hello', text: 'Hi', provider: { 'o:tag': 'welcome' } }
 */
export type Mail = Omit<
  SendMailOptions,
  'attachments' | 'dkim' | 'auth' | 'signal' | 'normalizeHeaderKey'
> & {
  attachments?: MailAttachment[] | undefined
  /** What the delivering transport alone reads (Postmark's `templateId`, Mailgun's `o:tag` …); a Nodemailer transporter gets it at top level. Plain data. */
  provider?: Record<string, unknown> | undefined
}

export type NodemailerAttachment = NonNullable<SendMailOptions['attachments']>[number]

/** A Nodemailer attachment whose `content` may also be the reference that `attachments.put()` gave. */
export type MailAttachment = Omit<NodemailerAttachment, 'content'> & {
  content?: NodemailerAttachment['content'] | StoredContent
}

export const priorities = ['high', 'normal', 'low', 'bulk'] as const
export type Priority = (typeof priorities)[number]

/** Which of them are final follows from the transitions. */
export const states = ['queued', 'sending', 'sent', 'failed', 'suppressed', 'cancelled', 'held'] as const
export type State = (typeof states)[number]

export const reasons = [
  'rejected',
  'gave-up',
  'expired',
  'unreadable',
  'crashed-workers',
  'unknown',
  'by-hand',
] as const
/** Why a mail is `failed` or `held`. */
export type Reason = (typeof reasons)[number]

export const recipientKinds = ['to', 'cc', 'bcc', 'envelope'] as const
export type RecipientKind = (typeof recipientKinds)[number]

export const recipientStates = ['pending', 'accepted', 'rejected', 'suppressed', 'unknown'] as const
export type RecipientState = (typeof recipientStates)[number]

/** What follows where an idempotency key has a mail to the same recipients, with other content. */
export const onConflicts = ['keep', 'refuse'] as const
export type OnConflict = (typeof onConflicts)[number]

export const onUnknowns = ['retry', 'hold'] as const
export type OnUnknown = (typeof onUnknowns)[number]
