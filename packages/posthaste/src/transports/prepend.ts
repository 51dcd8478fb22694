import { Readable } from 'node:stream'

/** MIME with header lines before its own. A stream is not read before the result is, and is closed with it. */
export function prepend(header: string, mime: Buffer | Readable): Buffer | Readable {
  if (header === '') return mime
  if (Buffer.isBuffer(mime)) return Buffer.concat([Buffer.from(header), mime])
  return Readable.from(joined(header, mime), { objectMode: false }).once('close', () => mime.destroy())
}

/** Left by its iterator, a stream would be in error, as if the mail could not be read. */
async function* joined(header: string, mime: Readable): AsyncGenerator<Buffer> {
  yield Buffer.from(header)
  yield* mime.iterator({ destroyOnReturn: false })
}
