import { Readable } from 'node:stream'
import { types } from 'node:util'
import { PosthasteError } from '../errors.ts'
import { type ContentSource, memorySource } from './content-source.ts'
import { inlineBytes } from './limits.ts'
import { openSpoolFile } from './spool-file.ts'

/** Bytes of a stream that are held in memory before the rest goes to a temporary file. */
const heldInMemory = 1024 * 1024

export interface SpoolOptions {
  readonly field: string
  /** Bytes; one more is too many. */
  readonly limit: number
  /** Milliseconds until the stream must have ended. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/**
 * Reads a stream to its end, so that it can be read again: little is kept in memory, much goes to a temporary file.
 *
 * @throws {PH_CONTENT_UNREADABLE} {PH_CONTENT_TOO_LARGE}
 */
export async function spool(
  stream: NodeJS.ReadableStream,
  options: SpoolOptions,
): Promise<Uint8Array | ContentSource> {
  const readable = freshReadable(stream, options.field)
  const settle = endInTime(readable, options)
  try {
    return await readAll(readable, options)
  } catch (cause) {
    readable.destroy()
    options.signal?.throwIfAborted()
    if (cause instanceof PosthasteError) throw cause
    throw new PosthasteError('PH_CONTENT_UNREADABLE', options.field, { cause })
  } finally {
    settle()
  }
}

/** Destroys a stream that does not end, or whose call was aborted, so that its reader wakes. The function that it returns cancels that. */
function endInTime(readable: Readable, { field, timeout, signal }: SpoolOptions): () => void {
  const late = new PosthasteError('PH_CONTENT_UNREADABLE', `${field} did not end within ${timeout} ms`)
  const timer = setTimeout(() => readable.destroy(late), timeout)
  const abort = () => readable.destroy(new Error('The call was aborted'))
  signal?.addEventListener('abort', abort, { once: true })
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** A stream that was read before would give an empty attachment, or the rest of one. */
function freshReadable(stream: NodeJS.ReadableStream, field: string): Readable {
  const readable = stream instanceof Readable ? stream : new Readable().wrap(stream)
  if (readable.errored) throw new PosthasteError('PH_CONTENT_UNREADABLE', field, { cause: readable.errored })
  if (readable.destroyed || readable.readableEnded || readable.readableDidRead) {
    throw new PosthasteError(
      'PH_CONTENT_UNREADABLE',
      `${field} is a stream that was already read or destroyed`,
    )
  }
  return readable
}

async function readAll(readable: Readable, options: SpoolOptions): Promise<Uint8Array | ContentSource> {
  const { field, limit, signal } = options
  const held: Buffer[] = []
  let size = 0
  const chunks = readable.iterator({ destroyOnReturn: false })
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    const bytes = toBuffer(chunk, field)
    size += bytes.length
    if (size > limit) throw new PosthasteError('PH_CONTENT_TOO_LARGE', `${field} goes over it`)
    held.push(bytes)
    if (size > heldInMemory) return await spoolRest(readable, { ...options, held })
  }
  const whole = Buffer.concat(held, size)
  return size <= inlineBytes ? whole : memorySource(whole)
}

async function spoolRest(
  readable: Readable,
  { held, field, limit, signal }: SpoolOptions & { held: Buffer[] },
): Promise<ContentSource> {
  const file = openSpoolFile()
  try {
    for (const bytes of held.splice(0)) await file.write(bytes)
    for await (const chunk of readable) {
      signal?.throwIfAborted()
      const bytes = toBuffer(chunk, field)
      if (file.size + bytes.length > limit)
        throw new PosthasteError('PH_CONTENT_TOO_LARGE', `${field} goes over it`)
      await file.write(bytes)
    }
    return file.finish()
  } catch (error) {
    file.discard()
    throw error
  }
}

function toBuffer(chunk: unknown, field: string): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (types.isUint8Array(chunk)) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new PosthasteError('PH_CONTENT_UNREADABLE', `${field} is a stream of objects, not of bytes`)
}
