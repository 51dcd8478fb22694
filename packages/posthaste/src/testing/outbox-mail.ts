import type { SendMailOptions } from 'nodemailer'
import { parseMailboxes } from '../mail/addresses.ts'
import type { RecipientKind } from '../mail/mail.ts'
import { renderMime } from '../mail/render.ts'
import type { MailRecord, Store } from '../store/store.ts'
import { messageOf } from '../worker/dispatching.ts'
import { findCode, findLink } from './find-in-mail.ts'
import { parseHeaders } from './headers.ts'

/** One mail of the outbox: its record, and its content as the app gave it. */
export interface OutboxMail extends Omit<MailRecord, 'subject'> {
  /** The address in From. */
  readonly from: string
  /** Addresses, without names. */
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  /** The whole subject. */
  readonly subject: string
  readonly text: string | undefined
  readonly html: string | undefined
  readonly attachments: readonly OutboxAttachment[]
  /** As they go over the wire: names in lower case, values unfolded and decoded. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * The one link, in HTML or text, that matches; any link without a pattern.
   *
   * @throws {OutboxError} none or several match
   * @example
   * const link = (await outbox(mail).only({ to: 'ada@example.com' })).link(/verify/)
   */
  link(pattern?: RegExp | string): string
  /**
   * The one code, in subject, text or HTML: what the pattern's first group matches, else all of it.
   *
   * @param pattern `@default` a number of 4 to 8 digits that stands alone and not in a link
   * @throws {OutboxError} none or several match
   */
  code(pattern?: RegExp): string
}

export interface OutboxAttachment {
  readonly filename: string | undefined
  readonly contentType: string | undefined
  readonly cid: string | undefined
  readonly content: Buffer
}

/** A mail whose body was deleted (it was sensitive and is finished) has its record only. */
export async function readOutboxMail(record: MailRecord, store: Store): Promise<OutboxMail> {
  const message = record.hasBody ? await messageOf({ mailId: record.id }, store, 'data') : undefined
  const content = {
    subject: typeof message?.subject === 'string' ? message.subject : record.subject,
    text: asText(message?.text),
    html: asText(message?.html),
  }
  return {
    ...record,
    ...content,
    from: message ? (addresses(message, 'from')[0] ?? record.sender) : record.sender,
    to: message ? addresses(message, 'to') : recorded(record, 'to'),
    cc: message ? addresses(message, 'cc') : recorded(record, 'cc'),
    bcc: message ? addresses(message, 'bcc') : recorded(record, 'bcc'),
    attachments: (message?.attachments ?? []).map(attachmentOf),
    headers: message ? parseHeaders(await mimeOf(record.id, store)) : {},
    link: (pattern) => findLink(content, pattern),
    code: (pattern) => findCode(content, pattern),
  }
}

async function mimeOf(mailId: string, store: Store): Promise<Buffer> {
  return (await store.mime(mailId)) ?? renderMime(await messageOf({ mailId }, store, 'mime'))
}

function addresses(message: SendMailOptions, field: 'from' | 'to' | 'cc' | 'bcc'): string[] {
  return parseMailboxes(message[field], field).map(({ address }) => address)
}

function recorded({ recipients }: MailRecord, kind: RecipientKind): string[] {
  return recipients.flatMap((recipient) => (recipient.kind === kind ? recipient.address : []))
}

type Attachment = NonNullable<SendMailOptions['attachments']>[number]

function attachmentOf({ filename, contentType, cid, content, encoding }: Attachment): OutboxAttachment {
  return {
    filename: typeof filename === 'string' ? filename : undefined,
    contentType: typeof contentType === 'string' ? contentType : undefined,
    cid: typeof cid === 'string' ? cid : undefined,
    content: Buffer.isBuffer(content)
      ? content
      : Buffer.from(asText(content) ?? '', encoding === undefined ? 'utf8' : (encoding as BufferEncoding)),
  }
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.toString()
  return typeof value === 'object' && value !== null && 'content' in value ? asText(value.content) : undefined
}
