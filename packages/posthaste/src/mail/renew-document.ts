import { documentVersion } from './document.ts'

export interface Renewed {
  /** In angle brackets. */
  readonly messageId: string
  readonly date: Date
  /** Replaces every recipient. */
  readonly to?: readonly string[] | undefined
}

/** The document of a mail sent once more: a Message-ID of its own, so that receivers do not take it for the first. */
export function renewDocument(document: Buffer, { messageId, date, to }: Renewed): Buffer {
  const parsed = JSON.parse(document.toString('utf8'))
  if (parsed.v !== documentVersion) throw new Error(`The stored mail has version ${JSON.stringify(parsed.v)}`)
  const { messageId: _oldId, date: _oldDate, ...mail } = parsed.mail
  if (to) {
    delete mail.cc
    delete mail.bcc
    delete mail.envelope
    mail.to = [...to]
  }
  const pins = { ...parsed.pins, messageId, date: { $: 'date', value: date.toISOString() } }
  return Buffer.from(JSON.stringify({ ...parsed, mail, pins }))
}
