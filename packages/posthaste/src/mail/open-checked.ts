import { Readable } from 'node:stream'

/** Content that stands apart from the document. */
export interface ContentReference {
  /** Position among the mail's own contents, or the id that `attachments.put()` gave. */
  readonly content: { readonly index: number } | { readonly stored: string }
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  /** Must be opened as a Buffer: a string, bytes that Nodemailer must look at, or any content in the form `data`. */
  readonly whole: boolean
}

export type OpenContent = (reference: ContentReference) => Readable | Buffer

/** Opens content and holds it to its size: a chunk that is missing must not become a short attachment. */
export function openChecked(reference: ContentReference, open: OpenContent): Readable | Buffer {
  const body = open(reference)
  if (Buffer.isBuffer(body)) {
    if (body.length !== reference.size) throw wrongSize(reference, body.length)
    return body
  }
  if (reference.whole) throw new TypeError('This content must be opened as a Buffer')
  return Readable.from(counted(body, reference), { objectMode: false })
}

async function* counted(body: Readable, reference: ContentReference): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of body) {
    size += (chunk as Buffer).length
    yield chunk as Buffer
  }
  if (size !== reference.size) throw wrongSize(reference, size)
}

function wrongSize({ size }: ContentReference, found: number): Error {
  return new Error(`Stored content has ${found} bytes instead of ${size}`)
}
