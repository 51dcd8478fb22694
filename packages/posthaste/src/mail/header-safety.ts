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
 * No value of the mail may begin a header line of its own, in the mail or in one of its parts.
 *
 * @throws {PH_HEADER_INJECTION} naming the field
 */
export function refuseInjection(mail: PlainObject): void {
  for (const field of headerFields) refuseBreaks(mail[field], field)
  refuseHeaderBreaks(mail.headers, 'headers')
  for (const key of Object.keys(mail)) if (key.startsWith('h:')) refuseBreaks({ [key]: mail[key] }, key)
  for (const field of contentFields) refusePartInjection(mail[field], field)
  for (const field of contentLists) {
    const list = mail[field]
    if (Array.isArray(list))
      for (const [index, part] of list.entries()) refusePartInjection(part, `${field}[${index}]`)
    else refusePartInjection(list, field)
  }
}

function refusePartInjection(part: unknown, field: string): void {
  if (!isObject(part) || isStream(part)) return
  for (const key of partFields) refuseBreaks(part[key], `${field}.${key}`)
  for (const key of ['path', 'href']) {
    const value = part[key]
    // A data: URI may be wrapped; of any other the last part becomes the file name.
    if (typeof value === 'string' && !/^data:/i.test(value)) refuseBreaks(value, `${field}.${key}`)
  }
  refuseHeaderBreaks(part.headers, `${field}.headers`)
}

/** Looks into every key and value. */
function refuseBreaks(value: unknown, field: string): void {
  if (typeof value === 'string') refuseText(value, field)
  else if (Array.isArray(value))
    for (const [index, entry] of value.entries()) refuseBreaks(entry, `${field}[${index}]`)
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      refuseText(key, `a key of ${field}`)
      refuseBreaks(inner, `${field}.${key}`)
    }
  }
}

function refuseHeaderBreaks(headers: unknown, field: string): void {
  if (Array.isArray(headers))
    for (const [index, entry] of headers.entries()) refuseHeaderBreaks(entry, `${field}[${index}]`)
  else if (isObject(headers) && headers.prepared) refusePrepared(headers, field)
  else if (isObject(headers)) {
    for (const [key, value] of Object.entries(headers)) {
      refuseText(key, `a key of ${field}`)
      refuseHeaderBreaks(value, `${field}.${key}`)
    }
  } else refuseBreaks(headers, field)
}

/** Nodemailer writes a prepared value as it stands: it may be folded, but each line must begin with a blank and say something. */
function refusePrepared({ value }: PlainObject, field: string): void {
  const text = String(value ?? '')
  refuseLength(text, field)
  if (/\0|\r(?!\n)|\n(?![ \t]+\S)/.test(text)) throw new PosthasteError('PH_HEADER_INJECTION', field)
}

function refuseText(text: string, field: string): void {
  refuseLength(text, field)
  if (/[\r\n\0]/.test(text)) throw new PosthasteError('PH_HEADER_INJECTION', field.replace(/[\r\n\0]+/g, ' '))
}

const lengthFree = /^(?:to|cc|bcc|envelope)\b/

function refuseLength(text: string, field: string): void {
  if (text.length > bounds.headerLength && !lengthFree.test(field)) {
    throw new PosthasteError('PH_MAIL_INVALID', `${field} is longer than ${bounds.headerLength} characters`)
  }
}
