import { inspect, types } from 'node:util'

/** True for errors of other realms too: jest runs an app in a realm of its own, where nothing that Node throws is an `instanceof Error`. */
export function isError(value: unknown): value is Error {
  // A proxy may throw when it is asked for its class.
  return types.isNativeError(value) || (!types.isProxy(value) && value instanceof Error)
}

/** Characters that are kept of a text that comes from outside. */
const foreignTextLength = 2_000

/** A field of a value that comes from outside, however deep; undefined where a getter or a proxy throws. */
export function peek(value: unknown, ...path: readonly (string | number)[]): unknown {
  try {
    let found = value
    for (const key of path) {
      if (found === null || (typeof found !== 'object' && typeof found !== 'function')) return undefined
      found = (found as Record<string | number, unknown>)[key]
    }
    return found
  } catch {
    return undefined
  }
}

/** At most so many entries of what may be a list. */
export function entriesOf(value: unknown, atMost: number): unknown[] {
  try {
    if (!Array.isArray(value)) return []
    const length = Math.min(Number(value.length) || 0, atMost)
    return Array.from({ length }, (_, index) => peek(value, index))
  } catch {
    return []
  }
}

/** A text from outside as it may be stored, logged and printed: bounded, on one line, well-formed, without secrets. */
export function cleanText(text: string, length = foreignTextLength): string {
  // Cut before it is searched, and again after: a pattern never meets more than this.
  const begin = text.slice(0, 4 * length)
  const line = controls.test(begin) ? begin.replace(controlRuns, ' ') : begin
  return withoutSecrets(line).trim().slice(0, length).toWellFormed()
}

/** Text of a string, or of what is written as one; undefined for everything else. */
export function textIn(value: unknown, length = foreignTextLength): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return cleanText(String(value), length)
  return (typeof value === 'string' && cleanText(value, length)) || undefined
}

/** A finite number, or what is written as one. */
export function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}(?:\.\d{1,6})?$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The text of whatever was thrown; never empty, never throws. */
export function errorText(error: unknown): string {
  const message = textIn(error) ?? tlsReason(error) ?? textIn(peek(error, 'message'))
  return message ?? textIn(peek(error, 'message', 'message')) ?? cleanText(describe(error))
}

/** OpenSSL's message holds a thread's number and a line of its source. */
function tlsReason(error: unknown): string | undefined {
  const reason = peek(error, 'library') === 'SSL routines' ? textIn(peek(error, 'reason')) : undefined
  return reason === undefined ? undefined : `TLS: ${reason}`
}

/** The text with the local part of every address hidden: replies quote the recipient. */
export function maskAddresses(text: string): string {
  const parts = text.slice(0, foreignTextLength).split('@')
  return parts
    .map((part, index) => (startsDomain.test(parts[index + 1] ?? '') ? withoutLocalPart(part) : part))
    .join('@')
}

// Backwards from its end: a pattern that looks for the end of a run tries every beginning of it.
function withoutLocalPart(part: string): string {
  let begin = part.length
  while (begin > 0 && !delimiters.has(part.charAt(begin - 1))) begin--
  return begin < part.length ? `${part.slice(0, begin)}***` : part
}

const delimiters = new Set(' \t\r\n\f\v\u00a0<>()[],;:"\'')
const startsDomain = /^[\w.-]/

// Only plain fields at the top: deeper ones of an SDK's error hold requests with their credentials.
function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `It failed with ${show(value)}`
  const fields = fieldsOf(value).filter(([key, field]) => !secretName.test(key) && isPlain(field))
  const shown = fields.map(([key, field]) => `${cleanText(key, 60)}: ${show(field)}`)
  return shown.length > 0 ? `It failed with { ${shown.join(', ')} }` : 'It failed without a message'
}

/** A list and bytes have a key for each of theirs: millions, and all of them would be listed for the first 20. */
function fieldsOf(value: object): [string, unknown][] {
  try {
    if (Array.isArray(value) || ArrayBuffer.isView(value) || types.isBoxedPrimitive(value)) return []
    return Object.keys(value)
      .slice(0, 20)
      .map((key) => [key, peek(value, key)])
  } catch {
    return []
  }
}

function show(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 200, customInspect: false, breakLength: Infinity })
}

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
}

/** Credentials that an error quotes: `Authorization` headers, and user and password of a URL. */
function withoutSecrets(text: string): string {
  const plain = text.includes('://') ? text.replace(urlSecrets, '://***@') : text
  return authorization.test(plain) ? plain.replace(authorizations, '$1 ***') : plain
}

const controls = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const controlRuns = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu
const secretName = /auth|token|secret|pass|cookie|key|credential|signature/i
const urlSecrets = /:\/\/[^\s/@]{1,500}@/g
const authorization = /\b(?:bearer|basic) [\w.~+/=-]{8}/i
const authorizations = /\b(bearer|basic) [\w.~+/=-]{8,}/gi
