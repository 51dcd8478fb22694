import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import { type DocumentForm, NewerDocument } from '../mail/decode.ts'
import { withRecipients } from '../mail/narrow-recipients.ts'
import { renderMime, renderStream } from '../mail/render.ts'
import type { Claim } from '../store/store.ts'
import type { Dispatch, Envelope } from '../transports/transport.ts'
import { type ContentStore, loadMail } from './load-mail.ts'

/** From this size on a mail is rendered as a stream, so that memory does not grow with it. */
const streamedFrom = 1024 * 1024

/** What went wrong with the content while a transport had it: a transport turns every failure into a deferral, and this must not be lost in that. */
export interface Noted {
  /** The stored mail cannot be used: no transport's fault, and trying again does not help. */
  unreadable?: unknown
  /** It could not be read now: the database is away, or a later version of Posthaste wrote it. It is not the fault of a transport. */
  transientError?: unknown
}

/** What the transport gets: content is loaded when it asks, and freshly each time. */
export function dispatchOf(
  claim: Claim,
  { store, noted, mayBegin }: { store: ContentStore; noted: Noted; mayBegin: () => Promise<boolean> },
): Dispatch {
  const pending = claim.recipients.filter(({ state }) => state === 'pending').map(({ address }) => address)
  const source = notingStore(store, noted)
  return {
    id: claim.mailId,
    messageId: claim.messageId,
    stream: claim.stream,
    tenant: claim.tenant,
    attempt: claim.attempts + 1,
    envelope: envelopeOf(claim, pending),
    mime: () => noting(mimeOf(claim, source), noted),
    message: () =>
      noting(
        messageOf(claim, source, 'data').then((message) => withRecipients(message, pending)),
        noted,
      ),
    mayBegin,
  }
}

async function messageOf(
  { mailId }: Pick<Claim, 'mailId'>,
  store: ContentStore,
  form: DocumentForm,
): Promise<SendMailOptions> {
  return (await loadMail(mailId, store, form)).message
}

function envelopeOf({ sender, mimeSize, smtp }: Claim, to: readonly string[]): Envelope {
  const size = mimeSize === null ? {} : { size: mimeSize }
  return { ...smtp, from: sender === '' ? false : sender, to, ...size }
}

async function mimeOf(claim: Claim, store: ContentStore): Promise<Buffer | Readable> {
  const stored = claim.mime ?? (claim.mimeSize === null ? null : await store.mime(claim.mailId))
  if (stored) return stored
  const { message, size } = await loadMail(claim.mailId, store, 'mime')
  return size > streamedFrom ? renderStream(message) : renderMime(message)
}

function notingStore(store: ContentStore, noted: Noted): ContentStore {
  const note = (error: unknown): never => {
    noted.transientError ??= error
    throw error
  }
  return {
    mime: (mailId) => store.mime(mailId).catch(note),
    document: (mailId) => store.document(mailId).catch(note),
    chunk: (contentId, seq) => store.chunk(contentId, seq).catch(note),
  }
}

async function noting<T>(content: Promise<T>, noted: Noted): Promise<T> {
  const note = (error: unknown) => {
    if (error instanceof NewerDocument) noted.transientError ??= error
    else noted.unreadable ??= error
  }
  try {
    const found = await content
    if (found instanceof Readable) found.once('error', note)
    return found
  } catch (error) {
    note(error)
    throw error
  }
}
