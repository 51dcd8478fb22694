import type { RecipientKind } from '../mail/mail.ts'
import type { ContentAttachment, MailContent } from '../queue/content.ts'
import type { MailReader } from '../queue/mail-reader.ts'
import type { MailRecord } from '../queue/records.ts'
import { findCode, findLink } from './find-in-mail.ts'

/** One mail of the outbox: its record, and its content as the app gave it. */
export interface OutboxMail extends Omit<MailRecord, 'subject'>, Omit<MailContent, 'source'> {
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

export type OutboxAttachment = ContentAttachment

/** A mail whose body was deleted (it was sensitive and is finished) has its record only. */
export async function readOutboxMail(record: MailRecord, reader: MailReader): Promise<OutboxMail> {
  const content = record.hasBody
    ? await reader.content(record.id, { sensitive: true })
    : contentOfRecord(record)
  return {
    ...record,
    ...content,
    link: (pattern) => findLink(content, pattern),
    code: (pattern) => findCode(content, pattern),
  }
}

function contentOfRecord({ subject, sender, recipients }: MailRecord): Omit<MailContent, 'source'> {
  const of = (wanted: RecipientKind) =>
    recipients.flatMap(({ kind, address }) => (kind === wanted ? address : []))
  return {
    subject,
    from: sender,
    to: of('to'),
    cc: of('cc'),
    bcc: of('bcc'),
    text: undefined,
    html: undefined,
    attachments: [],
    headers: {},
  }
}
