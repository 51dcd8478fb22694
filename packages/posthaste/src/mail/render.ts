import type { Readable } from 'node:stream'
import { types } from 'node:util'
import type { SendMailOptions } from 'nodemailer'
import Mail from 'nodemailer/lib/mailer'
import type MimeNode from 'nodemailer/lib/mime-node'
import { withLastNewline, writeNow } from './compose-now.ts'
import { foldableSubject } from './header-lines.ts'

/**
 * The whole message as it goes over the wire, without Bcc. Composed by Nodemailer's Mailer, which alone writes List-*, X-Priority and X-Mailer.
 * The message is used up: Nodemailer changes it, and its streams are read.
 */
export async function renderMime(message: SendMailOptions): Promise<Buffer> {
  return renderMimeNow(message) ?? (await compose(message)).build()
}

/**
 * The same without waiting, and about five times faster; undefined when something must be awaited (streams, a `newline` to convert, ready-made
 * parts). Then the message is unharmed.
 */
export function renderMimeNow(message: SendMailOptions): Buffer | undefined {
  const { raw, newline } = message
  if (raw && isAtHand(raw) && !newline) return withLastNewline(raw as string | Uint8Array)
  if (!isPlain(message)) return undefined
  let rendered: Buffer | undefined
  let failure: Error | null = null
  composer.sendMail(unharmed(message), (error, node) => {
    failure = error
    rendered = error ? undefined : writeNow(node)
  })
  if (failure) throw failure
  return rendered
}

/** The same as a stream, for large mail: content is read as it is needed. */
export async function renderStream(message: SendMailOptions): Promise<Readable> {
  return (await compose(message)).createReadStream()
}

const composer = new Mail<MimeNode>(
  { name: 'Posthaste', version: '1', send: (mail, done) => done(null, mail.message as unknown as MimeNode) },
  { disableFileAccess: true, disableUrlAccess: true },
)

function compose(message: SendMailOptions): Promise<MimeNode> {
  if (message.subject !== undefined) message.subject = foldableSubject(message.subject) as string
  return composer.sendMail(message)
}

function isPlain({
  raw,
  newline,
  attachDataUrls,
  text,
  html,
  watchHtml,
  amp,
  icalEvent,
  alternatives,
  attachments,
}: SendMailOptions): boolean {
  if (raw || newline || attachDataUrls) return false
  const parts: unknown[] = [
    text,
    html,
    watchHtml,
    amp,
    icalEvent,
    ...(alternatives ?? []),
    ...(attachments ?? []),
  ]
  return parts.every((part) => isAtHand(part) || isPartAtHand(part as object))
}

function isPartAtHand(part: object): boolean {
  const { content, raw, path, href } = part as {
    content?: unknown
    raw?: unknown
    path?: unknown
    href?: unknown
  }
  return isAtHand(content) && !raw && !path && !href
}

function isAtHand(content: unknown): boolean {
  return !content || typeof content === 'string' || types.isUint8Array(content)
}

/** Nodemailer writes into the objects that hold content. */
function unharmed(message: SendMailOptions): SendMailOptions {
  const copy: Record<string, unknown> = { ...message }
  if (copy.subject !== undefined) copy.subject = foldableSubject(copy.subject)
  for (const field of ['text', 'html', 'watchHtml', 'amp', 'icalEvent']) {
    const value = copy[field]
    if (typeof value === 'object' && value !== null && !types.isUint8Array(value)) copy[field] = { ...value }
  }
  for (const list of ['alternatives', 'attachments']) {
    if (Array.isArray(copy[list])) copy[list] = copy[list].map((part: object) => ({ ...part }))
  }
  return copy as SendMailOptions
}
