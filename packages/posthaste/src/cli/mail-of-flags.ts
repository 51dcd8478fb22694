import { createReadStream, existsSync } from 'node:fs'
import { basename } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Mail } from '../mail/mail.ts'
import { rawHeader, rawHeaders } from '../mail/raw-header.ts'
import { UsageError } from './report.ts'

export interface MailFlags {
  readonly from?: string
  readonly to?: readonly string[]
  readonly cc?: readonly string[]
  readonly bcc?: readonly string[]
  readonly replyTo?: string
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly attach?: readonly string[]
  readonly header?: readonly string[]
}

/** The mail that the flags make; without any content among them, the message on stdin. */
export async function mailOf(flags: MailFlags): Promise<Mail> {
  const { subject, text, html, attach } = flags
  if ([subject, text, html, attach].every((given) => given === undefined)) {
    refuseHeaders(flags)
    return messageOf(await readStdin(), flags)
  }
  if (text === '-' && html === '-')
    throw new UsageError('--text - and --html - cannot both be read from stdin')
  return withoutUndefined({
    from: flags.from,
    to: flags.to,
    cc: flags.cc,
    bcc: flags.bcc,
    replyTo: flags.replyTo,
    subject,
    text: text === '-' ? (await readStdin()).toString() : text,
    html: html === '-' ? (await readStdin()).toString() : html,
    headers: flags.header?.map(headerOf),
    attachments: attach?.map(attachmentOf),
  })
}

function refuseHeaders({ cc, bcc, replyTo, header }: MailFlags): void {
  if ([cc, bcc, replyTo, header].some((given) => given !== undefined))
    throw new UsageError(
      'a message from stdin has its own headers: only --from and --to, of the envelope, go with it',
    )
}

/** The caller may read the file anyway: the roots of the configuration are for the app's users. */
function attachmentOf(path: string): { filename: string; content: NodeJS.ReadableStream } {
  if (!existsSync(path)) throw new UsageError(`there is no file ${path} (--attach)`)
  return { filename: basename(path), content: createReadStream(path) }
}

function headerOf(line: string): { key: string; value: string } {
  const [, key, value] = /^([^\s:]+):\s*(.*)$/s.exec(line) ?? []
  if (!key || value === undefined) throw new UsageError(`--header '${line}' is not 'Name: value'`)
  return { key, value }
}

function withoutUndefined(mail: Record<string, unknown>): Mail {
  return Object.fromEntries(Object.entries(mail).filter(([, value]) => value !== undefined))
}

/** A whole message; its envelope is what the flags say, else what its headers say, each as often as it stands there. */
function messageOf(message: Buffer, { from, to }: MailFlags): Mail {
  const header = (name: string) => rawHeader(message, name)
  const sender = from ?? header('sender') ?? header('from')
  const named = ['to', 'cc', 'bcc'].flatMap((name) => rawHeaders(message, name))
  if (sender === undefined)
    throw new UsageError('the message on stdin has no From header: is it a message (.eml)?')
  return {
    raw: message,
    envelope: { from: sender, to: to ? [...to] : named },
  }
}

/** @throws {UsageError} a person sits there, or nothing comes */
async function readStdin(): Promise<Buffer> {
  if (process.stdin.isTTY)
    throw new UsageError('there is no mail: give --to, --subject and --text, or a message on stdin')
  const bytes = await buffer(process.stdin)
  if (bytes.length === 0) throw new UsageError('stdin is empty: it should hold a message (.eml)')
  return bytes
}
