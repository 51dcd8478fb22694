import { PosthasteError } from '../errors.ts'
import { type Border, readInput } from '../input/reader.ts'
import { type ContentSource, createContentCache, memorySource } from './content-source.ts'
import { copyContent } from './copy-mail.ts'
import type { ContentLimits } from './limits.ts'
import { type Reading, readLater, readNow } from './read-content.ts'

const border: Border = { unknown: 'PH_NOT_STORABLE', invalid: 'PH_NOT_STORABLE', at: 'content' }

/** Reads content that will be stored apart from any mail. */
export async function readStoredContent(content: unknown, limits: ContentLimits): Promise<ContentSource> {
  const copied = readInput(copyContent, content, border)
  const slot = { holder: { content: copied }, key: 'content', field: 'content', streamable: true }
  const reading: Reading = {
    limits,
    cache: createContentCache(),
    signal: undefined,
    left: limits.maxSize,
    read: [],
  }
  const { body } = readNow(slot, reading) ?? (await readLater(slot, reading))
  if (typeof body === 'string') return memorySource(Buffer.from(body))
  if (body instanceof Uint8Array) return memorySource(body)
  if (typeof body === 'object' && 'chunks' in body) return body
  throw new PosthasteError('PH_NOT_STORABLE', 'put() takes bytes, text, a stream, { path } or { href }')
}
