import type { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import Mail from 'nodemailer/lib/mailer'
import type MimeNode from 'nodemailer/lib/mime-node'

/**
 * The whole message as it goes over the wire, without Bcc. Composed by Nodemailer's Mailer, which alone writes List-*, X-Priority and X-Mailer.
 */
export async function renderMime(message: SendMailOptions): Promise<Buffer> {
  return (await compose(message)).build()
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
  return composer.sendMail(message)
}
