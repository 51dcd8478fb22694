import { PosthasteError } from '../errors.ts'
import { type ForeignNames, nearMiss } from '../input/near-miss.ts'
import { shortName } from '../input/show.ts'
import { isContentField, isContentList, isObject, isStream, type PlainObject } from './content-fields.ts'
import { fieldOrHeader } from './header-entries.ts'
import { bounds } from './limits.ts'

/** Every field of a Nodemailer 10 message that may be stored, and `provider`. */
const mailFields = [
  ...[
    'from',
    'sender',
    'to',
    'cc',
    'bcc',
    'replyTo',
    'inReplyTo',
    'references',
    'subject',
    'messageId',
    'date',
  ],
  ...[
    'text',
    'html',
    'watchHtml',
    'amp',
    'icalEvent',
    'attachments',
    'alternatives',
    'raw',
    'attachDataUrls',
  ],
  ...['headers', 'list', 'otp', 'priority', 'xMailer', 'envelope', 'dsn', 'requireTLSExtensionEnabled'],
  ...['encoding', 'textEncoding', 'newline', 'boundaryPrefix', 'baseBoundary', 'maxRecipients', 'ses'],
  ...['disableFileAccess', 'disableUrlAccess', 'normalizeHeaderKey', 'signal', 'provider'],
]

const partFields = [
  ...['content', 'path', 'href', 'raw', 'filename', 'contentType', 'contentTransferEncoding', 'encoding'],
  ...['contentDisposition', 'cid', 'headers', 'httpHeaders', 'tls', 'method'],
]

/** What Resend, Postmark, SendGrid, Mailgun, SES and mail classes of other languages call them; in any case, with `_` or `-` or without. */
const foreign: ForeignNames = {
  body: "'text' or 'html'",
  bodyText: "'text'",
  textBody: "'text'",
  plain: "'text'",
  message: "'text' or 'html'",
  bodyHtml: "'html'",
  htmlBody: "'html'",
  react: "'html', rendered by you",
  attachment: "'attachments'",
  files: "'attachments'",
  recipients: "'to', 'cc' and 'bcc'",
  destination: "'to', 'cc' and 'bcc'",
  reply: "'replyTo'",
  scheduledAt: "'sendAt', an option beside the mail",
  sendTime: "'sendAt', an option beside the mail",
}

const foreignPart: ForeignNames = {
  contents: "'content'",
  data: "'content'",
  buffer: "'content'",
  file: "'path'",
  url: "'href'",
  name: "'filename'",
  type: "'contentType'",
  mimeType: "'contentType'",
  contentId: "'cid'",
  disposition: "'contentDisposition'",
}

const known = new Set(mailFields)
const knownInPart = new Set(partFields)

/** Whether Nodemailer or the queue reads this field; of any other only a transporter knows the meaning. */
export function isMailField(name: string): boolean {
  return known.has(name)
}

/**
 * Refuses fields that neither Nodemailer nor the queue reads: they would be lost without a word. A field whose value is undefined counts as absent.
 *
 * @throws {PH_MAIL_INVALID} naming the field, and what was probably meant
 */
export function refuseUnknownFields(mail: PlainObject): void {
  for (const name of Object.keys(mail)) {
    if (known.has(name)) continue
    if (name !== '__proto__' && mail[name] !== undefined) throw unknownField(name)
  }
  for (const name of Object.keys(mail)) if (mail[name]) refuseUnknownParts(name, mail[name])
}

function unknownField(name: string): PosthasteError {
  const meant =
    nearMiss(name, mailFields, foreign) || '; what only your transport reads belongs under provider: { … }'
  return new PosthasteError('PH_MAIL_INVALID', `there is no field '${shortName(name)}'${meant}`)
}

function refuseUnknownParts(field: string, value: unknown): void {
  if (isContentField(field)) refuseUnknownInPart(value, field)
  if (!isContentList(field)) return
  if (Array.isArray(value))
    // More are refused when the list is copied.
    for (const [index, part] of value.slice(0, bounds.attachments).entries())
      refuseUnknownInPart(part, `${field}[${index}]`)
  else refuseUnknownInPart(value, field)
}

function refuseUnknownInPart(part: unknown, field: string): void {
  if (!isObject(part) || isStream(part) || ArrayBuffer.isView(part) || 'posthasteContent' in part) return
  for (const name of Object.keys(part)) {
    if (knownInPart.has(name) || name === '__proto__' || part[name] === undefined) continue
    const meant = nearMiss(name, partFields, foreignPart)
    throw new PosthasteError('PH_MAIL_INVALID', `there is no field '${field}.${shortName(name)}'${meant}`)
  }
}

/**
 * What the delivering transport alone reads: plain data, whose names are not those of the mail's own fields.
 *
 * @throws {PH_MAIL_INVALID}
 */
export function validateProvider(provider: unknown): void {
  if (provider === undefined || provider === null) return
  if (!isObject(provider)) throw new PosthasteError('PH_MAIL_INVALID', 'provider is not an object')
  const own = Object.keys(provider).find(isMailField)
  if (own !== undefined)
    throw new PosthasteError('PH_MAIL_INVALID', `provider.${own} is a field of the mail itself: set it there`)
}

/** Says something: a subject, a body, an attachment, a whole message, or what a provider makes one of. */
export function saysSomething(mail: PlainObject): boolean {
  const lists = ['attachments', 'alternatives'].flatMap((list) => mail[list] ?? [])
  const fields = ['text', 'html', 'watchHtml', 'amp', 'icalEvent', 'raw', 'provider']
  return lists.length > 0 || fields.some((field) => mail[field]) || Boolean(fieldOrHeader(mail, 'subject'))
}
