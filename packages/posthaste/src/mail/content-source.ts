import { hash } from 'node:crypto'

/** Bytes that can be read again and again in chunks without holding them all: memory, or a spooled file. */
export interface ContentSource {
  /** Bytes. */
  readonly size: number
  /** SHA-256, in hexadecimal. */
  readonly sha256: string
  /** Chunks of at most {@link chunkSize} bytes, in order; may be called more than once. Synchronous, so that the synchronous enqueue can use it. */
  chunks(): Iterable<Buffer>
  /** Frees a spooled file. */
  dispose(): void
}

/** Small enough for every driver's packet limit and for flat memory, large enough to be few rows. */
export const chunkSize = 256 * 1024

/** Lets the mails of one call share what they share: the same Buffer or stream in many mails becomes one source, stored once. */
export interface ContentCache {
  readonly bodies: WeakMap<object, ContentSource | Uint8Array>
}

export function createContentCache(): ContentCache {
  return { bodies: new WeakMap() }
}

/** Bytes that the user holds anyway: chunks are views, nothing is copied. */
export function memorySource(bytes: Uint8Array): ContentSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    size: buffer.length,
    sha256: hash('sha256', buffer, 'hex'),
    *chunks() {
      for (let at = 0; at < buffer.length; at += chunkSize) yield buffer.subarray(at, at + chunkSize)
    },
    dispose() {},
  }
}

/** A reference to content that `attachments.put()` stored once; use it as `content` of attachments in many mails. */
export interface StoredContent {
  readonly posthasteContent: string
  /** Bytes. */
  readonly size: number
  /** SHA-256, in hexadecimal. */
  readonly sha256: string
}

export function isStoredContent(value: unknown): value is StoredContent {
  return typeof value === 'object' && value !== null && 'posthasteContent' in value
}
