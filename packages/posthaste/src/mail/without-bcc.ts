import { Readable } from 'node:stream'
import { types } from 'node:util'

/** Bytes of a header; more is no header. */
const longestHeader = 1024 * 1024

/** A whole message without its Bcc lines, which every recipient would see (RFC 5322 §3.6.3). The envelope says who gets it. */
export function withoutBcc(raw: unknown): unknown {
  if (typeof raw === 'string') return withoutBccText(raw)
  if (types.isUint8Array(raw)) return withoutBccBytes(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength))
  return raw instanceof Readable ? Readable.from(withoutBccChunks(raw), { objectMode: false }) : raw
}

function withoutBccText(message: string): string {
  const { header, rest } = split(message)
  return withoutBccLines(header) + rest
}

/** In latin1 each byte is one character, so bytes survive. */
function withoutBccBytes(message: Buffer): Buffer {
  const { header } = split(message.toString('latin1', 0, longestHeader))
  const kept = withoutBccLines(header)
  if (kept.length === header.length) return message
  return Buffer.concat([Buffer.from(kept, 'latin1'), message.subarray(header.length)])
}

/** The header, and what follows: the empty line and the body. */
function split(message: string): { header: string; rest: string } {
  const end = message.slice(0, longestHeader).search(/\r?\n\r?\n/)
  const length = end < 0 ? Math.min(message.length, longestHeader) : end
  return { header: message.slice(0, length), rest: message.slice(length) }
}

/** A header line goes on in the lines that begin with a blank. */
function withoutBccLines(header: string): string {
  let isBcc = false
  const lines = header.split(/(?<=\n)/).filter((line) => {
    if (!/^[ \t]/.test(line)) isBcc = /^(?:resent-)?bcc[ \t]*:/i.test(line)
    return !isBcc
  })
  return lines.join('')
}

/** Holds the header until it is whole, and lets the body through. */
async function* withoutBccChunks(message: Readable): AsyncGenerator<Buffer> {
  let header: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of message) {
    if (!header) {
      yield chunk
      continue
    }
    header = Buffer.concat([header, chunk])
    if (header.length < longestHeader && !/\r?\n\r?\n/.test(header.toString('latin1'))) continue
    yield withoutBccBytes(header)
    header = undefined
  }
  if (header) yield withoutBccBytes(header)
}
