import { createReadStream, existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Mail } from '../../mail/mail.ts'
import { WrongCall } from '../wrong-call.ts'
import type { MailFlags } from './enqueue-flags.ts'
import { messageOf } from './message-of.ts'
import { readStdin } from './read-stdin.ts'

/** The mail that the flags make; without any content among them, the message on stdin. */
export async function mailOf(flags: MailFlags): Promise<Mail> {
  const { subject, text, html, attach } = flags
  if ([subject, text, html, attach].every((given) => given === undefined)) {
    refuseHeaders(flags)
    return messageOf(await readStdin(), flags)
  }
  if (text === '-' && html === '-')
    throw new WrongCall('--text - and --html - cannot both be read from stdin')
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
    throw new WrongCall(
      'a message from stdin has its own headers: only --from and --to, of the envelope, go with it',
    )
}

/** Whoever calls the command line may read the file: the roots of the configuration are for the app's users. */
function attachmentOf(path: string): { filename: string; content: NodeJS.ReadableStream } {
  if (!existsSync(path)) throw new WrongCall(`there is no file ${path} (--attach)`)
  return { filename: basename(path), content: createReadStream(path) }
}

function headerOf(line: string): { key: string; value: string } {
  const [, key, value] = /^([^\s:]+):\s*(.*)$/s.exec(line) ?? []
  if (!key || value === undefined) throw new WrongCall(`--header '${line}' is not 'Name: value'`)
  return { key, value }
}

function withoutUndefined(mail: Record<string, unknown>): Mail {
  return Object.fromEntries(Object.entries(mail).filter(([, value]) => value !== undefined))
}
