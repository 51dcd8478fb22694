import { PosthasteError } from '../errors.ts'
import { addressKey } from './address-key.ts'
import { type Mailbox, parseMailboxes } from './addresses.ts'
import { isObject, type PlainObject } from './content-fields.ts'
import { fieldOrHeader } from './header-entries.ts'
import { bounds } from './limits.ts'
import type { RecipientKind } from './mail.ts'

/** Whether a mail says who it is from: without that there is no From header, which every server wants (RFC 5322 §3.6). */
export function hasFrom(mail: PlainObject): boolean {
  return mail.raw ? true : parseMailboxes(fieldOrHeader(mail, 'from', 'from'), 'from').length > 0
}

export interface DraftRecipient {
  readonly address: string
  readonly kind: RecipientKind
}

export interface DraftEnvelope {
  /** '' is the null sender. */
  readonly sender: string
  /** Each address once, in the order of to, cc, bcc. */
  readonly recipients: readonly DraftRecipient[]
}

/**
 * Sender and recipients, the same that Nodemailer would take: the `envelope` where one is given, else the address fields.
 *
 * @throws {PH_ADDRESS_INVALID} {PH_NO_RECIPIENTS} {PH_MAIL_INVALID}
 */
export function envelopeOf(mail: PlainObject): DraftEnvelope {
  const fields = addressFields(mail)
  const envelope = isObject(mail.envelope) ? explicit(mail.envelope) : implicit(fields)
  if (envelope.recipients.length === 0) throw new PosthasteError('PH_NO_RECIPIENTS')
  if (envelope.recipients.length > bounds.recipients) {
    throw new PosthasteError('PH_MAIL_INVALID', `more than ${bounds.recipients} recipients`)
  }
  return envelope
}

type AddressFields = Record<'from' | 'sender' | 'replyTo' | 'to' | 'cc' | 'bcc', Mailbox[]>

/** Read even where an envelope is given: an address that does not parse would be missing from the header. */
function addressFields(mail: PlainObject): AddressFields {
  const read = (field: string, header = field) => parseMailboxes(fieldOrHeader(mail, field, header), field)
  return {
    from: read('from'),
    sender: read('sender'),
    replyTo: read('replyTo', 'reply-to'),
    to: read('to'),
    cc: read('cc'),
    bcc: read('bcc'),
  }
}

function explicit(envelope: PlainObject): DraftEnvelope {
  const list = (['to', 'cc', 'bcc'] as const).flatMap((key) =>
    parseMailboxes(envelope[key], `envelope.${key}`),
  )
  return {
    sender: parseMailboxes(envelope.from, 'envelope.from')[0]?.address ?? '',
    recipients: unique(list.map(({ address }) => ({ address, kind: 'envelope' as const }))),
  }
}

function implicit({ from, sender, replyTo, to, cc, bcc }: AddressFields): DraftEnvelope {
  const of = (list: Mailbox[], kind: RecipientKind) => list.map(({ address }) => ({ address, kind }))
  return {
    sender: (from[0] ?? sender[0] ?? replyTo[0])?.address ?? '',
    recipients: unique([...of(to, 'to'), ...of(cc, 'cc'), ...of(bcc, 'bcc')]),
  }
}

/** Each once: two spellings of one address are one recipient, the first of them. */
export function unique<R extends { readonly address: string }>(recipients: readonly R[]): readonly R[] {
  if (recipients.length < 2) return recipients
  const byKey = new Map<string, R>()
  for (const recipient of recipients) {
    const key = addressKey(recipient.address) ?? recipient.address
    if (!byKey.has(key)) byKey.set(key, recipient)
  }
  return [...byKey.values()]
}
