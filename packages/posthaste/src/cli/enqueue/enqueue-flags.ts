import type { RetryOptions } from '../../config/queue-config.ts'
import type { OnUnknown, Priority } from '../../mail/mail.ts'

export interface MailFlags {
  readonly from?: string
  readonly to?: readonly string[]
  readonly cc?: readonly string[]
  readonly bcc?: readonly string[]
  readonly replyTo?: string
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly attach?: readonly string[]
  readonly header?: readonly string[]
}

export interface EnqueueFlags extends MailFlags {
  readonly priority?: Priority
  readonly sendAt?: Date
  readonly delay?: number
  readonly expiresAt?: Date
  readonly expiresIn?: number
  readonly stream?: string
  readonly tenant?: string
  readonly idempotencyKey?: string
  readonly replaces?: string
  readonly tag?: readonly string[]
  readonly metadata?: unknown
  readonly retry?: RetryOptions
  readonly onUnknown?: OnUnknown
  readonly sensitive?: true
}
