import type { SendMailOptions } from 'nodemailer'
import { addressKey } from './address-key.ts'
import { parseMailboxes } from './addresses.ts'

/**
 * The message with `to`, `cc` and `bcc` holding only these addresses, for transports that read the fields: a retry must not reach those who have the
 * mail. Addresses that stand in none of the three (they came from `envelope`) are put in `bcc`.
 */
export function withRecipients(message: SendMailOptions, addresses: readonly string[]): SendMailOptions {
  const wanted = new Map(addresses.map((address) => [keyOf(address), address]))
  const narrowed: SendMailOptions = { ...message }
  for (const field of ['to', 'cc', 'bcc'] as const) {
    const kept = parseMailboxes(message[field], field).filter(({ address }) => wanted.delete(keyOf(address)))
    if (kept.length > 0) narrowed[field] = kept.map(({ name, address }) => ({ name, address }))
    else delete narrowed[field]
  }
  const rest = [...wanted.values()].map((address) => ({ name: '', address }))
  if (rest.length > 0)
    narrowed.bcc = [...((narrowed.bcc as { name: string; address: string }[] | undefined) ?? []), ...rest]
  if (message.envelope)
    narrowed.envelope = { ...message.envelope, to: [...addresses], cc: undefined, bcc: undefined }
  return narrowed
}

function keyOf(address: string): string {
  return addressKey(address) ?? address
}
