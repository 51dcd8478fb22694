/** What the content of a mail may be, and where it may come from. */
export interface ContentLimits {
  /**
   * Bytes of one mail, attachments included, as stored (base64 for the way makes about a third more).
   * @default 52428800 (50 MB)
   */
  readonly maxSize: number
  /**
   * Folders below which `path` may point. Symbolic links are followed before this is judged.
   * @default [] (no file may be named)
   */
  readonly roots: readonly string[]
  /**
   * Hosts that `href` may name, `host` (default port of the scheme) or `host:port`. Redirects are judged again.
   * @default [] (nothing is fetched)
   */
  readonly hosts: readonly string[]
  /**
   * Milliseconds for one fetch, body included.
   * @default 30000
   */
  readonly fetchTimeout: number
  /**
   * Milliseconds for a stream or a file, from the first byte that is asked for to the last.
   * @default 120000
   */
  readonly streamTimeout: number
}

export const defaultLimits: ContentLimits = {
  maxSize: 50 * 1024 * 1024,
  roots: [],
  hosts: [],
  fetchTimeout: 30_000,
  streamTimeout: 120_000,
}

/** Bounds that no honest mail meets; they end hostile input before it is parsed. */
export const bounds = {
  depth: 32,
  values: 250_000,
  recipients: 10_000,
  attachments: 1_000,
  headerLength: 100_000,
} as const

/** Bytes up to here stay in the document; more goes apart, in chunks. */
export const inlineBytes = 64 * 1024
/** Text up to here stays in the document: Nodemailer must see it whole anyway. */
export const inlineText = 256 * 1024
/** Once a mail has come to so much, the rest of it goes apart, however small its parts: the document is one parameter of one statement. */
export const inlineTogether = 2 * 1024 * 1024
