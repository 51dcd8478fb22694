import { hash } from 'node:crypto'
import { type ContentSource, chunkSize } from './content-source.ts'

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
