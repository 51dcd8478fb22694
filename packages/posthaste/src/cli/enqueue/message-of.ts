import type { Mail } from '../../mail/mail.ts'
import { rawHeader } from '../../mail/raw-header.ts'
import { WrongCall } from '../wrong-call.ts'
import type { MailFlags } from './enqueue-flags.ts'

/** A whole message; its envelope is what the flags say, else what its headers say. Bcc is taken out, as sendmail -t does. */
export function messageOf(message: Buffer, { from, to }: MailFlags): Mail {
  const header = (name: string) => rawHeader(message, name)
  const sender = from ?? header('sender') ?? header('from')
  const named = ['to', 'cc', 'bcc'].map(header).filter((value) => value !== undefined)
  if (sender === undefined)
    throw new WrongCall('the message on stdin has no From header: is it a message (.eml)?')
  return {
    raw: withoutBcc(message),
    envelope: { from: sender, to: to ? [...to] : named },
  }
}

/** Latin-1 keeps every byte as it is. */
function withoutBcc(message: Buffer): Buffer {
  const text = message.toString('latin1')
  const end = text.search(/\r?\n\r?\n/)
  const head = end < 0 ? text : text.slice(0, end)
  const kept = head.split(/\r?\n(?![ \t])/).filter((field) => !/^bcc:/i.test(field))
  return Buffer.from(kept.join('\r\n') + (end < 0 ? '' : text.slice(end)), 'latin1')
}
