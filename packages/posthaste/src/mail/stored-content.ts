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
