import { types } from 'node:util'
import { PosthasteError } from '../errors.ts'
import { contentFields, contentLists, isObject, isStream, type PlainObject } from './content-fields.ts'
import { bounds } from './limits.ts'

/** Top-level fields that become headers, or words of the SMTP conversation. */
const headerFields = [
  'from',
  'sender',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'subject',
  'messageId',
  'inReplyTo',
  'references',
  'date',
  'xMailer',
  'priority',
  'encoding',
  'textEncoding',
  'baseBoundary',
  'boundaryPrefix',
  'list',
  'otp',
  'dsn',
  'envelope',
]

/** Keys of a content object that become headers of its part. */
const partFields = [
  'filename',
  'contentType',
  'contentDisposition',
  'contentTransferEncoding',
  'cid',
  'encoding',
  'method',
]

/**
 * No value of the mail may begin a header line of its own, in the mail or in one of its parts. Values that were folded, or end with a line break, become
 * one line, as Nodemailer makes them; the mail is changed in place.
 *
 * @throws {PH_HEADER_INJECTION} naming the field
 */
export function unfoldHeaders(mail: PlainObject): void {
  for (const field of headerFields) unfoldField(mail, field, field)
  if (mail.headers) mail.headers = unfoldedHeaders(mail.headers, 'headers')
  if (isObject(mail.provider)) refuseInProvider(mail.provider)
  for (const field of contentFields) unfoldPart(mail[field], field)
  for (const field of contentLists) {
    const list = mail[field]
    if (Array.isArray(list))
      for (const [index, part] of list.entries()) unfoldPart(part, `${field}[${index}]`)
    else unfoldPart(list, field)
  }
}

/** Mailgun writes these as headers. */
function refuseInProvider(provider: PlainObject): void {
  for (const key of Object.keys(provider))
    if (key.startsWith('h:')) unfolded({ [key]: provider[key] }, `provider.${key}`)
}

function unfoldPart(part: unknown, field: string): void {
  if (!isObject(part) || isStream(part)) return
  for (const key of partFields) unfoldField(part, key, `${field}.${key}`)
  for (const key of ['path', 'href']) {
    const value = part[key]
    // A data: URI may be wrapped; of any other the last part becomes the file name.
    if (typeof value === 'string' && !/^data:/i.test(value)) refuseBreaks(value, `${field}.${key}`)
  }
  if (part.headers) part.headers = unfoldedHeaders(part.headers, `${field}.headers`)
}

function unfoldField(holder: PlainObject, key: string, field: string): void {
  if (holder[key]) holder[key] = unfolded(holder[key], field)
}

/** Looks into every key and value. */
function unfolded(value: unknown, field: string): unknown {
  return eachText(value, field, unfolded) ?? (typeof value === 'string' ? oneLine(value, field) : value)
}

function unfoldedHeaders(headers: unknown, field: string): unknown {
  if (isObject(headers) && headers.prepared) {
    refusePrepared(headers, field)
    return headers
  }
  return eachText(headers, field, unfoldedHeaders) ?? unfolded(headers, field)
}

/** A list or an object with each of its values read; undefined for what is neither. */
function eachText(value: unknown, field: string, read: (value: unknown, field: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((entry, index) => read(entry, `${field}[${index}]`))
  if (!isObject(value) || types.isDate(value)) return undefined
  if (types.isUint8Array(value)) throw new PosthasteError('PH_MAIL_INVALID', `${field} is bytes, not text`)
  for (const [key, inner] of Object.entries(value)) {
    refuseBreaks(key, `a key of ${field}`)
    value[key] = read(inner, `${field}.${key}`)
  }
  return value
}

/** Nodemailer writes a prepared value as it stands: it may be folded, but each line must begin with a blank and say something. */
function refusePrepared({ value }: PlainObject, field: string): void {
  const text = String(value ?? '')
  refuseLength(text, field)
  if (/\0|\r(?!\n)|\n(?![ \t]+\S)/.test(text)) throw new PosthasteError('PH_HEADER_INJECTION', field)
}

/** A line break before a blank is folding (RFC 5322 §2.2.3), one at the end says nothing. Any other would begin a line. */
function oneLine(text: string, field: string): string {
  refuseLength(text, field)
  if (!/[\r\n\0]/.test(text)) return text
  let end = text.length
  while (end > 0 && '\r\n'.includes(text.charAt(end - 1))) end--
  const line = text.slice(0, end).replace(/\r?\n(?=[ \t])/g, '')
  refuseBreaks(line, field)
  return line
}

function refuseBreaks(text: string, field: string): void {
  refuseLength(text, field)
  if (/[\r\n\0]/.test(text)) throw new PosthasteError('PH_HEADER_INJECTION', field.replace(/[\r\n\0]+/g, ' '))
}

const lengthFree = /^(?:to|cc|bcc|envelope)\b/

function refuseLength(text: string, field: string): void {
  if (text.length > bounds.headerLength && !lengthFree.test(field)) {
    throw new PosthasteError('PH_MAIL_INVALID', `${field} is longer than ${bounds.headerLength} characters`)
  }
}
