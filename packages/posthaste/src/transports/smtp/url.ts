import { domainToASCII } from 'node:url'
import { Refusal } from '../../input/refusal.ts'

/** The options that an SMTP URL holds. No part of the URL is repeated in an error: it may be part of a password. */
export function urlOptions(text: string, names: readonly string[]): Record<string, unknown> {
  const trimmed = text.trim()
  if (!/^smtps?:/i.test(trimmed)) throw new Refusal('must be an URL that begins with smtp:// or smtps://')
  if (!URL.canParse(trimmed)) throw unreadable()
  const url = new URL(trimmed)
  // What stands behind a `/`, `?` or `#` was meant to be part of the password.
  if (url.hash !== '' || !/^\/?$/.test(url.pathname) || url.search.includes('@')) throw unreadable()
  return {
    ...parameters(url, names),
    secure: url.protocol === 'smtps:',
    ...(url.hostname && { host: hostOf(url.hostname) }),
    ...(url.port && { port: Number(url.port) }),
    ...((url.username || url.password) && {
      auth: { user: decoded(url.username), pass: decoded(url.password) },
    }),
  }
}

function hostOf(hostname: string): string {
  const host = decoded(hostname)
  if (host.startsWith('[')) return host.slice(1, -1)
  return domainToASCII(host) || host
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unreadable()
  }
}

function parameters({ searchParams }: URL, names: readonly string[]): Record<string, unknown> {
  const read: Record<string, unknown> = {}
  const nested: Record<string, Record<string, unknown>> = { tls: {}, limit: {} }
  for (const [key, value] of searchParams) {
    const [first = '', second] = key.split('.', 2)
    const inner = second === undefined ? undefined : nested[first]
    if (inner && second !== undefined) inner[second] = typed(value)
    else read[key] = isText(key, names) ? value : typed(value)
  }
  for (const [name, inner] of Object.entries(nested)) if (Object.keys(inner).length > 0) read[name] = inner
  return read
}

const texts = ['service', 'name', 'servername', 'localAddress', 'authMethod', 'proxy', 'component']

function isText(key: string, names: readonly string[]): boolean {
  return names.includes(key) && texts.includes(key)
}

function typed(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value
}

function unreadable(): Refusal {
  return new Refusal(
    'cannot be read as an SMTP URL. Characters such as # / ? % @ : in a user name or a password are percent-encoded: # is %23, / is %2F, % is %25 (encodeURIComponent does it)',
  )
}
