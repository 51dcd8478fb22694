import { type Mailbox, parseMailboxes } from './addresses.ts'
import { isObject, type PlainObject } from './content-fields.ts'

const addressFields = ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const

/** Nodemailer 10 leaves out a group that is given as an object, recipients and all: as text it understands it. */
export function writeGroupsAsText(mail: PlainObject): void {
  for (const field of addressFields) {
    if (typeof mail[field] === 'object' && mail[field] !== null) mail[field] = asText(mail[field], field)
  }
  const { envelope } = mail
  if (!isObject(envelope)) return
  for (const field of ['from', 'to', 'cc', 'bcc']) {
    if (typeof envelope[field] === 'object' && envelope[field] !== null)
      envelope[field] = asText(envelope[field], `envelope.${field}`)
  }
}

function asText(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => asText(entry, field))
  if (!isObject(value) || !Array.isArray(value.group)) return value
  const members = parseMailboxes(value.group, field).map(mailboxText)
  return `${quoted(String(value.name ?? ''))}: ${members.join(', ')};`
}

function mailboxText({ name, address }: Mailbox): string {
  return name ? `${quoted(name)} <${address}>` : address
}

function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`
}
