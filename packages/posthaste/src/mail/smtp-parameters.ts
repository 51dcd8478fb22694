import { isObject, type PlainObject } from './content-fields.ts'

/** What a mail asks of the SMTP conversation beside sender and recipients. */
export interface SmtpParameters {
  /** Delivery status notifications (RFC 3461). */
  readonly dsn?: PlainObject
  /** REQUIRETLS (RFC 8689). */
  readonly requireTLSExtensionEnabled?: true
  /** BODY=8BITMIME (RFC 6152). */
  readonly use8BitMime?: true
  /** Further keys of the envelope, for plugins of the user's own transporter. */
  readonly custom?: PlainObject
}

/** The parameters that Nodemailer would find: `dsn` and `requireTLSExtensionEnabled` of the mail count before those of its envelope. */
export function smtpParameters(mail: PlainObject): SmtpParameters | null {
  const envelope = isObject(mail.envelope) ? mail.envelope : {}
  const custom = Object.fromEntries(Object.entries(envelope).filter(([key]) => !known.has(key)))
  const tls = mail.requireTLSExtensionEnabled || envelope.requireTLSExtensionEnabled
  const dsn = mail.dsn || envelope.dsn
  const found: SmtpParameters = {
    ...(isObject(dsn) && { dsn }),
    ...(tls ? { requireTLSExtensionEnabled: true as const } : {}),
    ...(envelope.use8BitMime ? { use8BitMime: true as const } : {}),
    ...(Object.keys(custom).length > 0 && { custom }),
  }
  return Object.keys(found).length > 0 ? found : null
}

/** Those of a stored mail. */
export function documentParameters(document: Buffer): SmtpParameters | null {
  return smtpParameters(JSON.parse(document.toString()).mail)
}

const known = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'sender',
  'replyTo',
  'size',
  'dsn',
  'use8BitMime',
  'requireTLSExtensionEnabled',
])
