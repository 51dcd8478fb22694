import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { documentVersion, type Json, type JsonObject } from './document.ts'
import { type ContentReference, type OpenContent, openChecked } from './open-checked.ts'
import { withoutBcc } from './without-bcc.ts'

export type { ContentReference } from './open-checked.ts'

/**
 * `mime`: for rendering, every value as the user gave it, streams as streams. `data`: for transports that read the fields: text as text, bytes as
 * Buffers.
 */
export type DocumentForm = 'mime' | 'data'

/**
 * The mail of a document, everything revived, streams fresh on each call. File and URL access is off: a document never makes the worker read either.
 * Content of another length than it was stored with is an error (of the stream, where it is one), never a short attachment.
 *
 * @throws an Error for an unknown version or broken bytes
 */
export function decodeDocument(
  document: Uint8Array,
  open: OpenContent,
  form: DocumentForm = 'mime',
): SendMailOptions {
  return reviveDocument(document, { open: (reference) => openChecked(reference, open), form })
}

/** The same with nothing in the place of content that is stored apart. */
export function decodeFields(document: Uint8Array): SendMailOptions {
  return reviveDocument(document, { open: () => Buffer.alloc(0), form: 'mime' })
}

/** What {@link decodeDocument} will ask for, so that what must be whole can be loaded before. */
export function documentReferences(document: Uint8Array, form: DocumentForm = 'mime'): ContentReference[] {
  const references: ContentReference[] = []
  const note: OpenContent = (reference) => {
    references.push(reference)
    return Buffer.alloc(0)
  }
  reviveDocument(document, { open: note, form })
  return references
}

/** A later version of Posthaste wrote it: not damaged, only not for us. */
export class NewerDocument extends Error {}

function reviveDocument(document: Uint8Array, decoding: Decoding): SendMailOptions {
  const { mail, pins } = parseDocument(document)
  const { provider, ...fields } = decodeMap(decoding, mail)
  const message: Record<string, unknown> = { ...fields, ...decodeMap(decoding, pins) }
  if (message.raw) message.raw = withoutBcc(message.raw)
  if (decoding.form === 'data') {
    Object.assign(message, provider, { ...message })
    for (const field of textFields) message[field] = asText(message[field])
  }
  return { ...withoutUndefined(message, textFields), disableFileAccess: true, disableUrlAccess: true }
}

const textFields = ['text', 'html', 'watchHtml', 'amp'] as const

interface Decoding {
  readonly open: OpenContent
  readonly form: DocumentForm
}

function parseDocument(document: Uint8Array): { mail: JsonObject; pins: JsonObject } {
  const parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(document)) as Json
  if (!isMap(parsed) || parsed.v !== documentVersion) {
    const isNewer = isMap(parsed) && typeof parsed.v === 'number' && parsed.v > documentVersion
    throw new (isNewer ? NewerDocument : Error)(
      `The stored mail has version ${isMap(parsed) ? JSON.stringify(parsed.v) : 'none'}; this Posthaste reads ${documentVersion}`,
    )
  }
  if (!isMap(parsed.mail) || !isMap(parsed.pins)) throw new Error('The stored mail is damaged')
  return { mail: parsed.mail, pins: parsed.pins }
}

function decode(decoding: Decoding, value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((entry) => decode(decoding, entry))
  return '$' in value ? decodeTagged(decoding, value) : decodeMap(decoding, value)
}

function decodeMap(decoding: Decoding, value: JsonObject): Record<string, unknown> {
  if (value.$ === 'object') return decodeEntries(decoding, value.entries)
  const decoded: Record<string, unknown> = {}
  for (const key of Object.keys(value))
    if (key !== '__proto__') decoded[key] = decode(decoding, value[key] as Json)
  return decoded
}

function decodeEntries(decoding: Decoding, entries: Json | undefined): Record<string, unknown> {
  const pairs = Array.isArray(entries) ? (entries as [string, Json][]) : []
  return Object.fromEntries(pairs.map(([key, inner]) => [key, decode(decoding, inner)]))
}

function decodeTagged(decoding: Decoding, value: JsonObject): unknown {
  switch (value.$) {
    case 'undefined':
      return undefined
    case 'number':
      return Number(value.value)
    case 'bigint':
      return BigInt(String(value.value))
    case 'date':
      return new Date(value.value === null ? Number.NaN : String(value.value))
    case 'bytes':
      return revive(decoding, String(value.as), Buffer.from(String(value.base64), 'base64'))
    case 'object':
      return decodeEntries(decoding, value.entries)
    case 'content':
      return decodeReference(decoding, value, { index: Number(value.index) })
    case 'stored':
      return decodeReference(decoding, value, { stored: String(value.id) })
    default:
      throw new Error(`The stored mail holds a value of an unknown kind: ${JSON.stringify(value.$)}`)
  }
}

function decodeReference(
  { open, form }: Decoding,
  value: JsonObject,
  content: ContentReference['content'],
): unknown {
  const whole = value.whole === true || form === 'data'
  const body = open({ content, size: Number(value.size), sha256: String(value.sha256), whole })
  return revive({ open, form }, String(value.as), body)
}

function revive({ form }: Decoding, as: string, body: Buffer | Readable): unknown {
  if (!Buffer.isBuffer(body)) return body
  if (as === 'text') return body.toString()
  if (as === 'bytes') return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  return as === 'stream' && form === 'mime' ? Readable.from([body], { objectMode: false }) : body
}

/** Transports that read fields know text as text only. An object that says more than its text stays as it is. */
function asText(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString()
  if (typeof value !== 'object' || value === null || !('content' in value)) return value
  const says = Object.keys(value).filter((key) => key !== 'content' && key !== 'contentType')
  const { content } = value
  if (says.length > 0) return value
  return Buffer.isBuffer(content) ? content.toString() : content
}

function withoutUndefined(
  message: Record<string, unknown>,
  fields: readonly string[],
): Record<string, unknown> {
  for (const field of fields) if (message[field] === undefined) delete message[field]
  return message
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
