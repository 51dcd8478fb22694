import { types } from 'node:util'
import { type ContentSource, isStoredContent, type StoredContent } from './content-source.ts'

const mark = Symbol('piece of content')

/**
 * Content whose bytes are at hand, standing in the mail where it was given. `kind` says what the user gave, for Nodemailer composes text, bytes
 * and streams differently.
 */
export interface Piece {
  readonly [mark]: true
  readonly kind: PieceKind
  /** Text or bytes that are small enough for the document; else a source of chunks, or a reference to content stored before. */
  readonly body: string | Uint8Array | ContentSource | StoredContent
  /** Nodemailer must see it whole to choose its encoding: it cannot be streamed out. */
  readonly whole: boolean
}

export type PieceKind = 'text' | 'buffer' | 'bytes' | 'stream'

export function pieceOf(kind: PieceKind, body: Piece['body'], { whole }: { whole: boolean }): Piece {
  return { [mark]: true, kind, body, whole }
}

export function isPiece(value: unknown): value is Piece {
  return typeof value === 'object' && value !== null && mark in value
}

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
