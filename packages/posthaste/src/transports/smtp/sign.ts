import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import DKIM, { type DKIMOptions } from 'nodemailer/lib/dkim'

/** Prepends DKIM-Signature headers (RFC 6376) to rendered MIME. Buffers stay buffers; streams beyond 2 MB are spooled to disk. */
export function dkimSigner(options: DKIMOptions): (mime: Buffer | Readable) => Promise<Buffer | Readable> {
  const dkim = new DKIM({ cacheDir: tmpdir(), cacheTreshold: 2 * 1024 * 1024, ...options })
  return async (mime) => {
    const signed = dkim.sign(mime)
    return Buffer.isBuffer(mime) ? await buffer(signed) : signed
  }
}
