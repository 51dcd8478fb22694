import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'

/** Bytes of one address (RFC 5321: 64 for the local part, 255 for the domain, and the `@`). */
export const maxAddressBytes = 320

/**
 * An address as it is compared: recipients, suppressions, filters, `forget` and redirects compare keys and nothing else. Local part without
 * quotes that it does not need, in lower case, NFC; domain in its ASCII form. The key of a key is itself.
 * Undefined where the text is no bare address.
 */
export function addressKey(address: string): string | undefined {
  if (isItsOwnKey(address)) return address
  if (address.length > maxAddressBytes) return undefined
  const bare = address.trim()
  const at = separatorOf(bare)
  const [local, domain] = [localKey(bare.slice(0, Math.max(at, 0)).trim()), domainKey(bare.slice(at + 1))]
  if (local === undefined || domain === undefined) return undefined
  const key = `${local}@${domain}`
  return Buffer.byteLength(key) <= maxAddressBytes ? key : undefined
}

/** A domain as it is compared, without an `@`. Undefined where it is none. */
export function domainKey(domain: string): string | undefined {
  if (isPlainDomain(domain)) return domain
  if (domain.startsWith('[')) return literalKey(domain)
  if (domain.length > longestDomain || forbidden.test(domain)) return undefined
  const name = domainToASCII(domain).replace(/\.$/, '')
  return name.length <= longestDomain && names.test(name) && !ipv4.test(name) ? name : undefined
}

/** Where local part and domain meet; no domain holds an `@`, not even a literal. */
export function separatorOf(address: string): number {
  return address.lastIndexOf('@')
}

const longestDomain = 253
const plainKey =
  /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,63}$/

const plainDomain = /^(?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,63}$/

function isPlainDomain(domain: string): boolean {
  return domain.length <= longestDomain && plainDomain.test(domain) && !domain.includes('xn--')
}

/** The common case: no letter to fold, no name to convert. */
function isItsOwnKey(address: string): boolean {
  return (
    address.length <= 254 && plainKey.test(address) && !/[A-Z]/.test(address) && !address.includes('xn--')
  )
}

// UTS-46, which domainToASCII follows, turns `a/b.de` into `a`, `ex%61mple.com` into `example.com`, and lets tabs vanish.
const forbidden = /[\p{Cc} /\\?#%:@*(),;]/u
const names = /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/
/** What `1234` and `0x7f.1` become. */
const ipv4 = /^\d+\.\d+\.\d+\.\d+$/

function literalKey(domain: string): string | undefined {
  const [, tag, address = ''] = /^\[(ipv6:)?([\da-f.:]+)\]$/i.exec(domain) ?? []
  if (!tag && isIPv4(address)) return `[${address}]`
  return isIPv6(address) ? `[ipv6:${new URL(`http://[${address}]`).hostname.slice(1, -1)}]` : undefined
}

const quoted = /^"(?:[^"\\]|\\.)*"$/s
const special = /[\s"(),:;<>@[\\\]]/
const controls = /\p{Cc}/u

function localKey(local: string): string | undefined {
  const isQuoted = quoted.test(local)
  const text = isQuoted ? local.slice(1, -1).replace(/\\(.)/gs, '$1') : local
  if (text === '' || controls.test(text) || !text.isWellFormed()) return undefined
  const folded = fold(text)
  if (!special.test(folded)) return folded
  return isQuoted ? `"${folded.replace(/["\\]/g, '\\$&')}"` : undefined
}

/** Lower case may take a character apart, so it is composed again. */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC')
}
