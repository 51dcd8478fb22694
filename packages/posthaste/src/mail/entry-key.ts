import { addressKey, domainKey, fold } from './address-key.ts'
import { parseMailboxes } from './addresses.ts'

/** The trace of an address that was forgotten. */
const hashed = /^sha256:[0-9a-f]{64}$/

/**
 * What the suppression list, a filter and `forget` are told, as it is compared: an address in any form that a mail takes, with a name or
 * quotes or comments; `@domain` for all of a domain; the hash of a forgotten address. Undefined where it is none of these.
 */
export function entryKey(text: string): string | undefined {
  const given = text.trim()
  if (hashed.test(given)) return given
  if (given.startsWith('@')) return domainEntry(given.slice(1))
  return addressKey(given) ?? keyOfMailbox(given)
}

/** What entries begin with, or their domains, that match a text; as it was typed, and as it is stored where that differs. */
export function matchedBeginnings(match: string): string[] {
  const bare = match.trim().replace(/^@/, '')
  return [...new Set([fold(bare), entryKey(match)?.replace(/^@/, ''), domainKey(bare)])].filter(
    (text) => text !== undefined,
  )
}

function domainEntry(domain: string): string | undefined {
  const key = domainKey(domain)
  return key === undefined ? undefined : `@${key}`
}

function keyOfMailbox(text: string): string | undefined {
  if (!/[<(]/.test(text)) return undefined
  const [mailbox, ...others] = mailboxesOf(text)
  return mailbox && others.length === 0 ? addressKey(mailbox.address) : undefined
}

function mailboxesOf(text: string) {
  try {
    return parseMailboxes(text, 'address')
  } catch {
    return []
  }
}
