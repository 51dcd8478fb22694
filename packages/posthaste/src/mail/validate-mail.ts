import { types } from 'node:util'
import { PosthasteError } from '../errors.ts'
import { readInput } from '../input/reader.ts'
import { shortName } from '../input/show.ts'
import { optionNames } from '../options.ts'
import { contentFields, contentLists, isObject, isStream, type PlainObject } from './content-fields.ts'
import { dsn } from './dsn.ts'
import { bounds } from './limits.ts'
import { saysSomething, validateProvider } from './mail-fields.ts'

const secrets = ['dkim', '_dkim', 'auth']
// `priority` is Nodemailer's own too.
const options = [...optionNames.filter((name) => name !== 'priority'), 'posthaste']

/** Names that no mail may have. */
export function isRefused(name: string): boolean {
  return secrets.includes(name) || options.includes(name)
}

/**
 * Secrets and options of Posthaste have no place in a mail.
 *
 * @throws {PH_SECRET_IN_MAIL} {PH_OPTION_IN_MAIL} {PH_NOT_STORABLE} naming the field
 */
export function refuseForeignKeys(mail: PlainObject): void {
  for (const key of secrets) if (mail[key] !== undefined) throw new PosthasteError('PH_SECRET_IN_MAIL', key)
  for (const key of options) if (mail[key] !== undefined) throw new PosthasteError('PH_OPTION_IN_MAIL', key)
  if (mail.priority === 'bulk') throw new PosthasteError('PH_OPTION_IN_MAIL', "priority 'bulk'")
  if (typeof mail.normalizeHeaderKey === 'function') {
    throw new PosthasteError('PH_NOT_STORABLE', 'normalizeHeaderKey is a function')
  }
}

const textFields = [
  'subject',
  'messageId',
  'inReplyTo',
  'encoding',
  'textEncoding',
  'baseBoundary',
  'boundaryPrefix',
  'newline',
]

/**
 * What Nodemailer would stumble over when the mail is composed, found now.
 *
 * @throws {PH_MAIL_INVALID} naming the field
 */
export function validateShape(mail: PlainObject): void {
  for (const field of textFields) requireText(mail[field], field)
  if (!isAbsent(mail.priority) && !isPriority(mail.priority))
    throw invalid("priority is none of 'high', 'normal', 'low'")
  validateHeaders(mail.headers, 'headers')
  if (!isAbsent(mail.envelope) && !isObject(mail.envelope)) throw invalid('envelope is not an object')
  for (const field of contentFields) {
    validateContent(mail[field], field)
    if (isEmptyPart(mail[field])) throw invalid(`${field} has neither content, path, href nor raw`)
  }
  for (const field of contentLists) validateList(mail[field], field)
  validateProvider(mail.provider)
  if (!saysSomething(mail)) throw invalid('it has no subject, no body, no attachment, no raw and no provider')
  validateOtp(mail.otp)
  validateListHeaders(mail.list)
  validateDsn(mail.dsn, 'dsn')
  if (isObject(mail.envelope)) validateDsn(mail.envelope.dsn, 'envelope.dsn')
}

/** Nodemailer would refuse it only when the mail is sent. */
function validateDsn(given: unknown, at: string): void {
  if (isAbsent(given)) return
  readInput(dsn, given, { unknown: 'PH_MAIL_INVALID', invalid: 'PH_MAIL_INVALID', noun: 'field', at })
}

export function isPriority(value: unknown): value is string {
  return typeof value === 'string' && /^(?:high|normal|low)$/i.test(value)
}

function validateList(list: unknown, field: string): void {
  if (isAbsent(list)) return
  const parts = Array.isArray(list) ? list : [list]
  if (parts.length > bounds.attachments) throw invalid(`${field} has more than ${bounds.attachments} entries`)
  for (const [index, part] of parts.entries()) {
    const place = Array.isArray(list) ? `${field}[${index}]` : field
    if (!isObject(part) || isStream(part) || types.isUint8Array(part))
      throw invalid(`${place} is not an object`)
    validateContent(part, place)
    if (!namesContent(part)) throw invalid(`${place} has neither content, path, href nor raw`)
  }
}

/** An empty text or no bytes are content, too: an empty file. */
function namesContent({ content, path, href, raw }: PlainObject): boolean {
  return [content, path, href, raw].some((value) => !isAbsent(value))
}

function validateContent(value: unknown, field: string): void {
  if (isAbsent(value) || typeof value === 'string' || types.isUint8Array(value) || isStream(value)) return
  if (!isObject(value)) throw invalid(`${field} is neither text, bytes, a stream nor an object`)
  for (const key of ['contentType', 'contentDisposition', 'cid', 'path', 'href', 'filename'] as const) {
    requireText(value[key], `${field}.${key}`)
  }
  requireEncoding(value.encoding, `${field}.encoding`)
  validateHeaders(value.headers, `${field}.headers`)
  for (const key of ['content', 'raw'] as const) validateContent(value[key], `${field}.${key}`)
}

/** Nodemailer fails at an entry that is nothing, and leaves out what has no key. */
function validateHeaders(headers: unknown, field: string): void {
  if (isAbsent(headers)) return
  if (typeof headers !== 'object') throw invalid(`${field} is neither an object nor a list`)
  if (!Array.isArray(headers)) return
  const wrong = headers.findIndex((entry) => !isObject(entry) || typeof entry.key !== 'string')
  if (wrong >= 0) throw invalid(`${field}[${wrong}] is no { key, value }`)
}

function isEmptyPart(value: unknown): boolean {
  if (!isObject(value) || isStream(value) || types.isUint8Array(value)) return false
  return !(value.content || value.path || value.href || value.raw)
}

function requireEncoding(encoding: unknown, field: string): void {
  requireText(encoding, field)
  const name = typeof encoding === 'string' ? encoding.toLowerCase().replace(/[-_\s]/g, '') : 'utf8'
  if (name && name !== 'usascii' && !Buffer.isEncoding(name))
    throw invalid(`${field} is no encoding that Node.js knows`)
}

/** Nodemailer's own rule: printable ASCII, for an https origin. */
function validateOtp(otp: unknown): void {
  if (isAbsent(otp)) return
  if (!isObject(otp) || typeof otp.code !== 'string' || !/^[\x20-\x7e]+$/.test(otp.code)) {
    throw invalid('otp.code is not printable ASCII')
  }
  if (!URL.canParse(String(otp.origin))) throw invalid('otp.origin is not an https URL')
}

/** Each is a URL, a `{ url, comment }`, or a list of these, or of lists of them. */
function validateListHeaders(list: unknown): void {
  if (isAbsent(list)) return
  if (!isObject(list)) throw invalid('list is not an object')
  for (const [name, value] of Object.entries(list))
    for (const one of [value].flat(2)) {
      const url = isObject(one) ? one.url : one
      requireText(url, `list.${shortName(name)}`)
      if (isObject(one)) requireText(one.comment, `list.${shortName(name)}.comment`)
    }
}

function requireText(value: unknown, field: string): void {
  if (!isAbsent(value) && typeof value !== 'string') throw invalid(`${field} is not text`)
}

/** Nodemailer reads false like nothing. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === false
}

function invalid(detail: string): PosthasteError {
  return new PosthasteError('PH_MAIL_INVALID', detail)
}
