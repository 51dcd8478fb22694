import addressparser from 'nodemailer/lib/addressparser'
import MimeNode from 'nodemailer/lib/mime-node'
import { PosthasteError } from '../errors.ts'
import { addressKey, domainKey, maxAddressBytes, separatorOf } from './address-key.ts'

/** One mailbox of an address field, groups flattened. */
export interface Mailbox {
  readonly name: string
  /** As Nodemailer's envelope has it: domain in lower case and in its ASCII form, local part as given. */
  readonly address: string
}

/** Characters of one address field (RFC 5321 has 254 for one address; a field may hold many). */
const maxFieldLength = 1_000_000

/**
 * Reads an address field in any form that Nodemailer takes: text, `{ name, address }`, `{ name, group }`, and arrays of these, nested.
 * Nodemailer leaves out what it cannot read; here that is an error, for a recipient left out in silence is mail lost.
 *
 * @throws {PH_ADDRESS_INVALID} naming the field
 */
export function parseMailboxes(value: unknown, field: string): Mailbox[] {
  if (value === undefined || value === null || value === '' || value === false) return []
  if (Array.isArray(value))
    return value.flatMap((entry, index) => parseMailboxes(entry, `${field}[${index}]`))
  if (typeof value === 'string') return parseText(value, field)
  if (typeof value === 'object') return parseObject(value as AddressObject, field)
  throw new PosthasteError('PH_ADDRESS_INVALID', `${field} is a ${typeof value}`)
}

interface AddressObject {
  readonly name?: unknown
  readonly address?: unknown
  readonly group?: unknown
}

function parseObject({ name, address, group }: AddressObject, field: string): Mailbox[] {
  if (Array.isArray(group)) return parseMailboxes(group, `${field}.group`)
  if (typeof address !== 'string' || address === '') {
    throw new PosthasteError('PH_ADDRESS_INVALID', `${field} has no address`)
  }
  return [{ name: typeof name === 'string' ? name : '', address: normalizeAddress(address, field) }]
}

function parseText(text: string, field: string): Mailbox[] {
  if (text.length > maxFieldLength) {
    throw new PosthasteError('PH_ADDRESS_INVALID', `${field} is longer than ${maxFieldLength} characters`)
  }
  if (isPlainAddress(text)) return [{ name: '', address: text }]
  const line = onOneLine(text)
  // The parser takes them for blanks: what stands behind one in a domain would be left out.
  if (/[\0\t\r\n]/.test(line))
    throw new PosthasteError('PH_ADDRESS_INVALID', `${field} holds a control character`)
  return addressparser(line, { flatten: true }).map(({ name, address }) => {
    if (!address) throw new PosthasteError('PH_ADDRESS_INVALID', `${field}: ${JSON.stringify(shorten(name))}`)
    return { name, address: normalizeAddress(address, field) }
  })
}

/** Folding (RFC 5322 §2.2.3) and blanks between addresses. */
function onOneLine(text: string): string {
  const bare = text.trim()
  if (!/[\r\n\t]| {2}/.test(bare)) return bare
  return bare
    .replace(/\r?\n(?=[ \t])/g, '')
    .replace(/([,;:>])[ \t]+/g, '$1 ')
    .replace(/(?<![ \t])[ \t]+(?=<)/g, ' ')
}

/**
 * The address as Nodemailer writes it in the envelope.
 *
 * @throws {PH_ADDRESS_INVALID} naming the field
 */
function normalizeAddress(address: string, field: string): string {
  if (isPlainAddress(address)) return address
  const normalized = address.length > maxAddressBytes ? '' : asEnvelopeHasIt(address)
  if (!isUsable(normalized, address)) {
    throw new PosthasteError('PH_ADDRESS_INVALID', `${field}: ${JSON.stringify(shorten(address))}`)
  }
  return normalized
}

/** The part behind the `@` that separates, as it stands; '' for the null sender. */
export function domainOf(address: string): string {
  return address.slice(separatorOf(address) + 1)
}

const plain =
  /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,63}$/

/** Nothing to normalise: the common case, ten times faster than asking Nodemailer. */
function isPlainAddress(address: string): boolean {
  return (
    address.length <= 254 && plain.test(address) && !address.includes('@xn--') && !address.includes('.xn--')
  )
}

function asEnvelopeHasIt(address: string): string {
  return new MimeNode().setEnvelope({ to: [{ name: '', address }] }).getEnvelope().to[0] ?? ''
}

function isUsable(normalized: string, given: string): boolean {
  if (addressKey(normalized) === undefined || domainKey(domainOf(given).trim()) === undefined) return false
  const local = normalized.slice(0, separatorOf(normalized))
  return !wasQuoted(local, given) || /^"[^\s"(),:;<>@[\\\]]+"$/.test(local)
}

/** Nodemailer quotes whatever is not an atom: right for the `a..b@` that some carriers gave out, wrong for two addresses in one. */
function wasQuoted(local: string, given: string): boolean {
  return local.startsWith('"') && !given.trimStart().startsWith('"')
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
