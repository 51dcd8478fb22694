import type { ContentSource, StoredContent } from '../../mail/content-source.ts'
import {
  type OnConflict,
  type OnUnknown,
  type Priority,
  priorities,
  type RecipientKind,
} from '../../mail/mail.ts'
import type { SmtpParameters } from '../../mail/smtp-parameters.ts'
import type { RetryPolicy } from '../../retry.ts'

/** The half of a mail that is known at once, without reading a stream or rendering anything. */
export interface NewMail {
  readonly id: string
  readonly messageId: string
  readonly subject: string
  readonly sender: string
  readonly recipients: readonly { readonly address: string; readonly kind: RecipientKind }[]
  readonly stream: string
  readonly tenant: string | null
  readonly priority: Priority
  readonly createdAt: number
  readonly sendAt: number
  readonly expiresAt: number | null
  readonly onUnknown: OnUnknown
  readonly sensitive: boolean
  readonly retry: RetryPolicy | null
  readonly smtp: SmtpParameters | null
  /** JSON text. */
  readonly metadata: string | null
  readonly tags: readonly string[]
  readonly idempotencyKey: string | null
  readonly onConflict: OnConflict
  readonly replaces: string | null
  readonly resentFrom: string | null
}

/** The other half. */
export interface NewBody {
  readonly document: Buffer
  readonly mime: Buffer | null
  /** Bytes of all content. */
  readonly size: number
  /** SHA-256 over what the user gave, in hexadecimal: what tells whether a key comes with the same mail again. */
  readonly hash: () => string
  /** What only reading has told: where the mail was given as a stream of ready-made MIME. */
  readonly header?: { readonly messageId: string; readonly subject: string }
  /** In the order in which the document refers to them. */
  readonly contents: readonly NewContent[]
}

export type NewContent = { readonly id: string; readonly source: ContentSource } | StoredContent

/** What an enqueue gave. */
export interface Enqueued {
  /** The mail's id; of a duplicate, the first mail's. */
  readonly id: string
  /** In angle brackets. */
  readonly messageId: string
  /** `suppressed`: every recipient is on the suppression list. `duplicate`: the idempotency key had a mail already. */
  readonly status: 'queued' | 'duplicate' | 'suppressed'
  /** The idempotency key had a mail already: that one is told of here, and nothing was stored. */
  readonly duplicate: boolean
  /** Of a duplicate only: whether the first mail says the same; if not, what was given now is not sent. */
  readonly sameContent?: boolean
  /** Recipients on the suppression list: they get nothing. */
  readonly suppressed: readonly string[]
}

/** By id, the mails that were stored. */
export type StoredMails = ReadonlyMap<string, StoredMail>

export interface StoredMail {
  readonly state: 'queued' | 'suppressed'
  readonly suppressed: readonly string[]
}

export interface NewEntry {
  readonly mail: NewMail
  readonly body: NewBody
}

/** The mail as it is known now that its body was read: a `raw` stream holds its own Message-ID and subject. */
export function mailOf({ mail, body }: NewEntry): NewMail {
  return body.header ? { ...mail, ...body.header } : mail
}

export function contentId(content: NewContent): string {
  return 'source' in content ? content.id : content.posthasteContent
}

/**
 * The lane that claims look in: eight of them, so that neither bulk nor retries stand before a fresh password reset.
 */
export function laneOf(priority: Priority, attempts: number): number {
  return priorities.indexOf(priority) * 2 + (attempts > 0 ? 1 : 0)
}
