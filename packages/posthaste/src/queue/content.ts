import type { SendMailOptions } from 'nodemailer'
import { PosthasteError } from '../errors.ts'
import { parseMailboxes } from '../mail/addresses.ts'
import type { NodemailerAttachment } from '../mail/mail.ts'
import { renderMime } from '../mail/render.ts'
import type { MailRecord, Store } from '../store/store.ts'
import { loadMail } from '../worker/load-mail.ts'
import { parseHeaders } from './read-headers.ts'

/** What a stored mail says. */
export interface MailContent {
  /** Whole, as the app gave it. */
  readonly subject: string
  /** The address in From. */
  readonly from: string
  /** Addresses, without names. */
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  readonly html: string | undefined
  readonly text: string | undefined
  /** As they go over the wire: names in lower case, values unfolded and decoded; one that comes twice has both, a line each. */
  readonly headers: Readonly<Record<string, string>>
  readonly attachments: readonly ContentAttachment[]
  /** The message as it goes out (.eml). */
  source(): Promise<Buffer>
}

export interface ContentAttachment {
  readonly filename: string | undefined
  readonly contentType: string | undefined
  readonly cid: string | undefined
  readonly content: Buffer
}

/** @throws {PH_NOT_FOUND} {PH_BODY_GONE} {PH_SENSITIVE} */
export async function readContent(store: Store, id: string, sensitive: boolean): Promise<MailContent> {
  const record = await store.get(id)
  if (!record) throw new PosthasteError('PH_NOT_FOUND', id)
  if (record.sensitive && !sensitive) throw new PosthasteError('PH_SENSITIVE', id)
  if (!record.hasBody) throw new PosthasteError('PH_BODY_GONE', id)
  const { message } = await loadMail(id, store, 'data')
  const mime = (await store.mime(id)) ?? (await renderMime((await loadMail(id, store, 'mime')).message))
  return { ...fieldsOf(message, record), headers: parseHeaders(mime), source: async () => mime }
}

function fieldsOf(message: SendMailOptions, record: MailRecord): Omit<MailContent, 'headers' | 'source'> {
  return {
    subject: typeof message.subject === 'string' ? message.subject : record.subject,
    from: addresses(message, 'from')[0] ?? record.sender,
    to: addresses(message, 'to'),
    cc: addresses(message, 'cc'),
    bcc: addresses(message, 'bcc'),
    html: asText(message.html),
    text: asText(message.text),
    attachments: (message.attachments ?? []).map(attachmentOf),
  }
}

function addresses(message: SendMailOptions, field: 'from' | 'to' | 'cc' | 'bcc'): string[] {
  return parseMailboxes(message[field], field).map(({ address }) => address)
}

function attachmentOf({
  filename,
  contentType,
  cid,
  content,
  encoding,
}: NodemailerAttachment): ContentAttachment {
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
