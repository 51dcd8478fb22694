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
