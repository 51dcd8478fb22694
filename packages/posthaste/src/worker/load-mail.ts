import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { isId } from '../ids.ts'
import {
  type ContentReference,
  type DocumentForm,
  decodeDocument,
  documentReferences,
} from '../mail/decode.ts'
import type { DeliveryStore } from '../store/store.ts'

/** What content is read from. */
export type ContentStore = Pick<DeliveryStore, 'mime' | 'document' | 'chunk'>

export interface LoadedMail {
  readonly message: SendMailOptions
  /** Bytes of all that it holds. */
  readonly size: number
}

/** The stored mail, revived: what Nodemailer must look at is whole, the rest are streams over its chunks. */
export async function loadMail(mailId: string, store: ContentStore, form: DocumentForm): Promise<LoadedMail> {
  const body = await store.document(mailId)
  if (!body) throw new Error('its content is no longer stored')
  const { document, contents } = body
  const idOf = (reference: ContentReference) => contentId(reference, contents)
  const references = documentReferences(document, form)
  const whole = new Map<string, Buffer>()
  for (const reference of references)
    if (reference.whole) whole.set(idOf(reference), await readWhole(idOf(reference), store))
  const message = decodeDocument(
    document,
    (reference) => whole.get(idOf(reference)) ?? streamOf(idOf(reference), store),
    form,
  )
  return { message, size: references.reduce((sum, { size }) => sum + size, document.length) }
}

function contentId({ content }: ContentReference, contents: readonly string[]): string {
  const id = 'stored' in content ? content.stored : contents[content.index]
  if (!isId(id)) throw new Error(`it refers to content that it does not have: ${JSON.stringify(content)}`)
  return id
}

async function readWhole(id: string, store: ContentStore): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of chunksOf(id, store)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function streamOf(id: string, store: ContentStore): Readable {
  return Readable.from(piecesOf(id, store), { objectMode: false, highWaterMark: pieceSize })
}

async function* chunksOf(id: string, store: ContentStore): AsyncGenerator<Buffer> {
  for (let seq = 0; ; seq++) {
    const chunk = await store.chunk(id, seq)
    if (!chunk) return
    yield chunk
  }
}

/** Whatever encodes and copies them on their way makes young garbage of small pieces, and old garbage of large ones. */
const pieceSize = 16 * 1024

async function* piecesOf(id: string, store: ContentStore): AsyncGenerator<Buffer> {
  for await (const chunk of chunksOf(id, store))
    for (let at = 0; at < chunk.length; at += pieceSize) yield chunk.subarray(at, at + pieceSize)
}
