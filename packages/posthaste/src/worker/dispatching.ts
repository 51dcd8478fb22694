import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import {
  type ContentReference,
  type DocumentForm,
  decodeDocument,
  documentReferences,
} from '../content/decode.ts'
import { withRecipients } from '../content/narrow-recipients.ts'
import { renderMime, renderStream } from '../content/render.ts'
import { isError } from '../is-error.ts'
import type { Claim, DeliveryStore } from '../store/store.ts'
import type { Dispatch, Envelope } from '../transports/transport.ts'

/** From this size on a mail is rendered as a stream, so that memory does not grow with it. */
const streamedFrom = 1024 * 1024

/** What the transport gets: content is loaded when it asks, and freshly each time. */
export function dispatchOf(claim: Claim, store: DeliveryStore, mayBegin: () => Promise<boolean>): Dispatch {
  const pending = claim.recipients.filter(({ state }) => state === 'pending').map(({ address }) => address)
  return {
    id: claim.mailId,
    messageId: claim.messageId,
    stream: claim.stream,
    tenant: claim.tenant,
    attempt: claim.attempts + 1,
    envelope: envelopeOf(claim, pending),
    mime: () => mimeOf(claim, store),
    message: async () => withRecipients(await messageOf(claim, store, 'data'), pending),
    mayBegin,
  }
}

function envelopeOf({ sender, mimeSize, smtp }: Claim, to: readonly string[]): Envelope {
  const size = mimeSize === null ? {} : { size: mimeSize }
  return { ...smtp, from: sender === '' ? false : sender, to, ...size }
}

async function mimeOf(claim: Claim, store: DeliveryStore): Promise<Buffer | Readable> {
  const stored = claim.mime ?? (claim.mimeSize === null ? null : await store.mime(claim.mailId))
  if (stored) return stored
  const { message, size } = await loadMessage(claim, store, 'mime')
  return size > streamedFrom ? renderStream(message) : renderMime(message)
}

export async function messageOf(
  claim: Pick<Claim, 'mailId'>,
  store: DeliveryStore,
  form: DocumentForm,
): Promise<SendMailOptions> {
  return (await loadMessage(claim, store, form)).message
}

async function loadMessage(
  claim: Pick<Claim, 'mailId'>,
  store: DeliveryStore,
  form: DocumentForm,
): Promise<{ message: SendMailOptions; size: number }> {
  const body = await store.document(claim.mailId)
  if (!body) throw new Unreadable('its content is no longer stored')
  try {
    return await revive(body, store, form)
  } catch (cause) {
    throw new Unreadable(isError(cause) ? cause.message : String(cause), { cause })
  }
}

/** The stored mail cannot be used: no transport's fault, and trying again does not help. */
export class Unreadable extends Error {}

async function revive(
  { document, contents }: { document: Buffer; contents: readonly string[] },
  store: DeliveryStore,
  form: DocumentForm,
): Promise<{ message: SendMailOptions; size: number }> {
  const idOf = ({ content }: ContentReference) =>
    'stored' in content ? content.stored : (contents[content.index] ?? '')
  const references = documentReferences(document, form)
  const whole = new Map<string, Buffer>()
  for (const reference of references)
    if (reference.whole) whole.set(idOf(reference), await readWhole(idOf(reference), reference.size, store))
  const message = decodeDocument(
    document,
    (reference) => whole.get(idOf(reference)) ?? streamOf(idOf(reference), store),
    form,
  )
  return { message, size: references.reduce((sum, { size }) => sum + size, document.length) }
}

async function readWhole(id: string, size: number, store: DeliveryStore): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of chunksOf(id, store)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (bytes.length !== size)
    throw new Unreadable(`content ${id} has ${bytes.length} bytes instead of ${size}`)
  return bytes
}

function streamOf(id: string, store: DeliveryStore): Readable {
  return Readable.from(chunksOf(id, store), { objectMode: false, highWaterMark: 256 * 1024 })
}

async function* chunksOf(id: string, store: DeliveryStore): AsyncGenerator<Buffer> {
  for (let seq = 0; ; seq++) {
    const chunk = await store.chunk(id, seq)
    if (!chunk) return
    yield chunk
  }
}
