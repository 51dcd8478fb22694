import { hash } from 'node:crypto'
import { types } from 'node:util'
import { type ContentSource, isStoredContent, type StoredContent } from './content-source.ts'
import type { Pins } from './draft.ts'
import { isPiece, type Piece } from './piece.ts'

/** Written into every document; a reader refuses what it does not know. */
export const documentVersion = 1

export interface Encoded {
  readonly document: Buffer
  /** In the order of their index in the document; each source once. */
  readonly contents: ContentSource[]
  readonly stored: StoredContent[]
  /** SHA-256 over what the user gave, in hexadecimal; reckoned when it is asked for. */
  readonly hash: () => string
}

/**
 * Versioned JSON in UTF-8. NUL and lone surrogates survive as escapes; what JSON lacks is an object with the key `$` (and an object of the user
 * that has such a key is written as its entries).
 */
export function encodeDocument(tree: Record<string, unknown>, pins: Pins): Encoded {
  const encoding: Encoding = { contents: [], stored: new Map() }
  const mail = encode(encoding, tree) as JsonObject
  const fields = Object.keys(mail).map((key) => ({ key, value: mail[key], json: JSON.stringify(mail[key]) }))
  const inside = fields.map(({ key, json }) => `${JSON.stringify(key)}:${json}`).join(',')
  const rest = JSON.stringify(encode(encoding, pins))
  const { contents, stored } = encoding
  return {
    document: Buffer.from(`{"v":${documentVersion},"mail":{${inside}},"pins":${rest}}`),
    contents,
    stored: [...stored.values()],
    hash: () => contentHash(fields),
  }
}

interface Encoding {
  readonly contents: ContentSource[]
  readonly stored: Map<string, StoredContent>
}

/** JSON, and `$` for the rest. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

function encode(encoding: Encoding, value: unknown): Json {
  if (value === undefined) return { $: 'undefined' }
  if (typeof value === 'number') return encodeNumber(value)
  if (typeof value === 'bigint') return { $: 'bigint', value: String(value) }
  if (typeof value !== 'object' || value === null) return value as Json
  if (Array.isArray(value)) return value.map((entry) => encode(encoding, entry))
  if (isPiece(value)) return encodePiece(encoding, value)
  if (types.isDate(value))
    return { $: 'date', value: Number.isNaN(value.getTime()) ? null : value.toISOString() }
  if (types.isUint8Array(value)) return encodeBytes(value, Buffer.isBuffer(value) ? 'buffer' : 'bytes')
  return encodeObject(encoding, value)
}

function encodeNumber(value: number): Json {
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) }
}

function encodeObject(encoding: Encoding, value: object): Json {
  const entries = Object.entries(value)
  if ('$' in value)
    return { $: 'object', entries: entries.map(([key, inner]) => [key, encode(encoding, inner)]) }
  const encoded: JsonObject = {}
  for (const [key, inner] of entries) encoded[key] = encode(encoding, inner)
  return encoded
}

function encodeBytes(bytes: Uint8Array, as: string): Json {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { $: 'bytes', as, base64: buffer.toString('base64') }
}

function encodePiece(encoding: Encoding, { kind, body, whole }: Piece): Json {
  if (typeof body === 'string') return body
  if (types.isUint8Array(body)) return encodeBytes(body, kind)
  const { size, sha256 } = body
  if (isStoredContent(body)) {
    encoding.stored.set(body.posthasteContent, body)
    return { $: 'stored', id: body.posthasteContent, as: kind, size, sha256, whole }
  }
  return { $: 'content', index: indexOf(encoding.contents, body), as: kind, size, sha256, whole }
}

function indexOf(contents: ContentSource[], source: ContentSource): number {
  const known = contents.indexOf(source)
  return known >= 0 ? known : contents.push(source) - 1
}

interface Field {
  readonly key: string
  readonly value: Json | undefined
  readonly json: string
}

/** What the user gave, whatever the order of keys; where content is stored does not matter. Text, the bulk of a mail, is written once only. */
function contentHash(fields: Field[]): string {
  const sorted = fields.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const lines = sorted.map(({ key, value, json }) => {
    return `${JSON.stringify(key)}:${typeof value === 'object' ? JSON.stringify(canonical(value)) : json}`
  })
  return hash('sha256', lines.join('\n'))
}

function canonical(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(canonical)
  if (value.$ === 'object')
    return { $: 'object', entries: canonicalEntries(value.entries as [string, Json][]) }
  const sorted: JsonObject = {}
  for (const key of Object.keys(value).sort()) {
    if (!('$' in value && (key === 'index' || key === 'id'))) sorted[key] = canonical(value[key] as Json)
  }
  return sorted
}

function canonicalEntries(entries: [string, Json][]): Json {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, canonical(value)])
}
