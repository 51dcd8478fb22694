import type { ContentSource } from './content-source.ts'
import type { StoredContent } from './stored-content.ts'

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
