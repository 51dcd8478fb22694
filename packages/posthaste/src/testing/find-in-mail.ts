import { types } from 'node:util'
import { show } from '../input/show.ts'

/** What was expected of the outbox does not hold; the message lists what is in it. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError'
}

export interface Readable {
  readonly subject: string
  readonly text: string | undefined
  readonly html: string | undefined
}

/** The one link of a mail that matches, whether text, HTML or both have it. @throws {OutboxError} none or several do */
export function findLink(mail: Readable, pattern: RegExp | string = ''): string {
  requirePattern(pattern, typeof pattern === 'string')
  const links = linksOf(mail)
  return theOne(links.filter(matching(pattern)), {
    what: `a link that matches ${pattern || 'anything'}`,
    all: links,
    mail,
  })
}

/** A number of 4 to 8 digits, standing alone. */
const digits = /(?<![\w.,/-])\d{4,8}(?![\w/-]|[.,]\d)/

/** The one code of a mail: the pattern's first group, or its match. @throws {OutboxError} none or several match */
export function findCode(mail: Readable, pattern: RegExp = digits): string {
  requirePattern(pattern)
  const everywhere = new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`)
  const found = [mail.subject, mail.text ?? '', plain(mail.html ?? '')].flatMap((part) =>
    [...part.replace(url, ' ').matchAll(everywhere)].map(([whole, group]) => group ?? whole),
  )
  const codes = [...new Set(found)]
  return theOne(codes, { what: `a code that matches ${pattern}`, all: codes, mail })
}

function requirePattern(pattern: unknown, isText = false): void {
  if (!isText && !types.isRegExp(pattern))
    throw new OutboxError(`a pattern is no RegExp, but ${show(pattern)}`)
}

function linksOf({ text = '', html = '' }: Readable): string[] {
  const written = [...text.matchAll(url)].map(([found]) => found)
  const linked = [...html.matchAll(/\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)].map(
    ([, double, single, bare]) => unescaped(double ?? single ?? bare ?? '').trim(),
  )
  return [...new Set([...linked, ...written])]
}

/** Without the punctuation that ends a sentence around it. */
const url = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g

function matching(pattern: RegExp | string): (link: string) => boolean {
  if (typeof pattern === 'string') return (link) => link.includes(pattern)
  const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return (link) => once.test(link)
}

function theOne(
  found: readonly string[],
  { what, all, mail }: { what: string; all: readonly string[]; mail: Readable },
): string {
  const [one] = found
  if (one !== undefined && found.length === 1) return one
  const others = all.length > 0 ? `it has ${all.join(', ')}` : 'it has none'
  throw new OutboxError(
    `Expected ${what}, once, in the mail "${mail.subject}"; ${found.length > 1 ? `${found.length} match: ${found.join(', ')}` : others}`,
  )
}

/** HTML as a reader sees it, nearly. */
function plain(html: string): string {
  return unescaped(html.replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '))
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function unescaped(text: string): string {
  return text
    .replace(/&#(x?)([\da-f]+);/gi, (_, hex: string, code: string) =>
      character(Number.parseInt(code, hex ? 16 : 10)),
    )
    .replace(/&(\w+);/g, (whole, name: string) => entities[name.toLowerCase()] ?? whole)
}

function character(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
}
