import { PosthasteError } from '../errors.ts'
import { domainKey } from './address-key.ts'
import { domainOf } from './addresses.ts'

const maxLength = 900

/**
 * A Message-ID in its angle brackets.
 *
 * @throws {PH_MAIL_INVALID}
 */
export function bracketed(messageId: string, field: string): string {
  const id = closeUp(messageId)
  if (!isMessageId(id))
    throw new PosthasteError('PH_MAIL_INVALID', `${field} is not a Message-ID such as <id@example.com>`)
  return id
}

export function isMessageId(text: string): boolean {
  const id = closeUp(text)
  return id.length <= maxLength && /^<[^<>\s]+>$/.test(id) && id.isWellFormed()
}

function closeUp(text: string): string {
  return `<${text.trim().replace(/^</, '').replace(/>$/, '')}>`
}

/** The mail's own id at the domain of its sender, so that one can be told from the other. */
export function generateMessageId(id: string, sender: string, hostname = 'localhost'): string {
  const domain = sender ? domainOf(sender) : hostname
  return `<${id}@${domain.startsWith('[') ? domain : (domainKey(domain) ?? 'localhost')}>`
}
