import { types } from 'node:util'
import type { Piece } from './piece.ts'
import { isStoredContent } from './stored-content.ts'

/** The beginning of a piece; undefined where it is stored elsewhere. */
export function firstBytes({ body }: Piece): Uint8Array | undefined {
  if (typeof body === 'string') return Buffer.from(body)
  if (types.isUint8Array(body)) return body
  if (isStoredContent(body)) return undefined
  for (const chunk of body.chunks()) return chunk
  return Buffer.alloc(0)
}

/** All of a piece as text; undefined where it is stored elsewhere. */
export function wholeText({ body }: Piece): string | undefined {
  if (typeof body === 'string') return body
  if (types.isUint8Array(body)) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  return isStoredContent(body) ? undefined : Buffer.concat([...body.chunks()]).toString()
}
