import { types } from 'node:util'
import { PosthasteError } from '../errors.ts'
import { isObject, isStream } from './content-fields.ts'
import type { Slot } from './content-slots.ts'
import {
  type ContentCache,
  type ContentSource,
  isStoredContent,
  memorySource,
  type StoredContent,
} from './content-source.ts'
import { fetchContent } from './fetch-content.ts'
import { type ContentLimits, inlineBytes, inlineText, inlineTogether } from './limits.ts'
import { openAllowedFile } from './open-file.ts'
import { type Piece, type PieceKind, pieceOf } from './piece.ts'
import { spool } from './spool.ts'

export interface Reading {
  readonly limits: ContentLimits
  readonly cache: ContentCache
  readonly signal: AbortSignal | undefined
  /** Bytes that this mail may still have. */
  left: number
  /** What was read for this mail: to be given up with it. */
  readonly read: { readonly from: object; readonly body: Uint8Array | ContentSource }[]
}

/** Content that is at hand; undefined where something must be awaited. */
export function readNow(slot: Slot, reading: Reading): Piece | undefined {
  const value = slot.holder[slot.key]
  const whole = !slot.streamable
  if (typeof value === 'string') return textPiece(value, reading)
  if (types.isUint8Array(value)) {
    return bytesPiece(value, { kind: Buffer.isBuffer(value) ? 'buffer' : 'bytes', whole, reading })
  }
  if (isStoredContent(value)) {
    requireReference(value, slot.field)
    take(reading, value.size)
    return pieceOf('buffer', value, { whole })
  }
  return undefined
}

/** Content that must be awaited: a stream, a file, a URL. */
export async function readLater(slot: Slot, reading: Reading): Promise<Piece> {
  const value = slot.holder[slot.key]
  const known = isObject(value) ? reading.cache.bodies.get(value) : undefined
  const body = known ?? (await readOnce(value, slot.field, reading))
  take(reading, types.isUint8Array(body) ? body.length : body.size)
  if (!types.isUint8Array(body) || hasRoom(reading)) return pieceOf('stream', body, { whole: false })
  const source = memorySource(body)
  if (isObject(value)) reading.cache.bodies.set(value, source)
  return pieceOf('stream', source, { whole: false })
}

async function readOnce(
  value: unknown,
  field: string,
  reading: Reading,
): Promise<Uint8Array | ContentSource> {
  const stream = isStream(value) ? value : await openLocation(value, field, reading)
  const { left, limits, signal } = reading
  const body = await spool(stream, { field, limit: left, timeout: limits.streamTimeout, signal })
  if (isObject(value)) {
    reading.cache.bodies.set(value, body)
    reading.read.push({ from: value, body })
  }
  return body
}

/** The mail is given up: temporary files go, and so does the memory of them. */
export function forgetRead({ cache, read }: Reading): void {
  for (const { from, body } of read) {
    cache.bodies.delete(from)
    if (!types.isUint8Array(body)) body.dispose()
  }
}

async function openLocation(value: unknown, field: string, reading: Reading): Promise<NodeJS.ReadableStream> {
  if (isObject(value) && typeof value.path === 'string')
    return openAllowedFile(value.path, field, reading.limits)
  if (isObject(value) && typeof value.href === 'string') {
    return fetchContent(value.href, {
      field,
      limits: reading.limits,
      headers: value.httpHeaders,
      tls: value.tls,
      signal: reading.signal,
    })
  }
  throw new PosthasteError(
    'PH_MAIL_INVALID',
    `${field} is neither text, bytes, a stream, { path } nor { href }`,
  )
}

/** References may have travelled through the user's own tables: what comes back must still be one. */
function requireReference({ posthasteContent, size, sha256 }: StoredContent, field: string): void {
  if (
    typeof posthasteContent === 'string' &&
    Number.isSafeInteger(size) &&
    size >= 0 &&
    typeof sha256 === 'string'
  )
    return
  throw new PosthasteError('PH_MAIL_INVALID', `${field} is not a reference that attachments.put() gave`)
}

function textPiece(text: string, reading: Reading): Piece {
  const size = Buffer.byteLength(text)
  take(reading, size)
  // UTF-8 has no lone surrogates: such text stays in the document, where JSON writes them as escapes.
  if ((size <= inlineText && hasRoom(reading)) || !text.isWellFormed())
    return pieceOf('text', text, { whole: true })
  return pieceOf('text', memorySource(Buffer.from(text)), { whole: true })
}

interface BytesOptions {
  readonly kind: PieceKind
  readonly whole: boolean
  readonly reading: Reading
}

function bytesPiece(bytes: Uint8Array, { kind, whole, reading }: BytesOptions): Piece {
  take(reading, bytes.length)
  if (bytes.length <= inlineBytes && hasRoom(reading)) return pieceOf(kind, bytes, { whole })
  const source = reading.cache.bodies.get(bytes) ?? memorySource(bytes)
  reading.cache.bodies.set(bytes, source)
  return pieceOf(kind, source, { whole })
}

/** May what was just taken stay in the document? */
function hasRoom({ limits, left }: Reading): boolean {
  return limits.maxSize - left <= inlineTogether
}

function take(reading: Reading, size: number): void {
  reading.left -= size
  if (reading.left < 0)
    throw new PosthasteError('PH_CONTENT_TOO_LARGE', `more than ${reading.limits.maxSize} bytes`)
}
