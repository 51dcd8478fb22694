import type { SendMailOptions } from 'nodemailer'
import { type Mailbox, parseMailboxes } from '../mail/addresses.ts'

/** Where an address really goes. */
export type Redirection = (address: string) => string

export interface MessageRedirection {
  readonly redirect: Redirection
  readonly originals: readonly string[]
}

/** The structured mail with no recipients but the allowed ones and the target; also where a provider's own keys name recipients. */
export function redirectMessage(
  message: SendMailOptions,
  { redirect, originals }: MessageRedirection,
): SendMailOptions {
  const fields = recipientFields.map((field) => [field, parseMailboxes(message[field], field)] as const)
  const kept = fields.map(
    ([field, boxes]) => [field, boxes.filter(({ address }) => redirect(address) === address)] as const,
  )
  const target = fields
    .flatMap(([, boxes]) => boxes)
    .map(({ address }) => address)
    .concat(originals)
    .find((address) => redirect(address) !== address)
  if (target === undefined) return message
  const lists = Object.fromEntries(kept.map(([field, boxes]) => [field, boxes.map(asAddress)]))
  const to = [...(lists.to ?? []), redirect(target)]
  return {
    ...redirectForeignKeys(message, redirect),
    ...lists,
    to,
    envelope: { from: senderOf(message), to: [...new Set(originals.map(redirect))] },
    headers: withHeader(redirectHeaders(message.headers, redirect), originals),
    dsn: undefined,
  } as SendMailOptions
}

const recipientFields = ['to', 'cc', 'bcc'] as const

// Postmark, SendGrid, SES and others have keys of their own that may hold recipients: whatever is an address there is redirected.
function redirectForeignKeys(message: SendMailOptions, redirect: Redirection): Record<string, unknown> {
  const keys = Object.entries(message).map(
    ([key, value]) => [key, ownKeys.has(key) ? value : deep(value, redirect)] as const,
  )
  return Object.fromEntries(keys)
}

function deep(value: unknown, redirect: Redirection): unknown {
  if (typeof value === 'string') return holdsAddress(value) ? redirectText(value, redirect) : value
  if (Array.isArray(value)) return value.map((entry) => deep(entry, redirect))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deep(inner, redirect)]))
}

function redirectText(value: string, redirect: Redirection): string {
  try {
    return parseMailboxes(value, 'value')
      .map(({ address }) => redirect(address))
      .join(', ')
  } catch {
    return redirect('')
  }
}

// Longer texts and those of several lines too: what a provider takes for an address list is the provider's to say.
function holdsAddress(text: string): boolean {
  return text.includes('@') && addressText.test(text)
}

const addressText = /[^\s@]@[^\s@.]{1,253}\.[^\s@]/
const ownKeys = new Set(
  (
    'from sender replyTo inReplyTo references subject text html watchHtml amp icalEvent attachments alternatives headers list messageId date ' +
    'raw encoding textEncoding priority xMailer newline baseBoundary boundaryPrefix envelope to cc bcc'
  ).split(' '),
)

function senderOf({ envelope, from, sender }: SendMailOptions): string | false {
  if (envelope && envelope.from === false) return false
  const boxes = [envelope?.from, sender, from].flatMap((value) => parseMailboxes(value, 'from'))
  return boxes[0]?.address ?? false
}

const recipientHeaders = /^(?:resent-)?(?:to|cc|bcc)$/i

/** Headers of the app's own that name recipients: APIs read them as they read `cc`. */
function redirectHeaders(
  headers: SendMailOptions['headers'],
  redirect: Redirection,
): SendMailOptions['headers'] {
  const redirected = (key: string, value: unknown) =>
    recipientHeaders.test(key.trim()) ? deep(value, redirect) : value
  if (Array.isArray(headers))
    return headers.map(({ key, value }) => ({ key, value: redirected(key, value) })) as typeof headers
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([key, value]) => [key, redirected(key, value)]),
  ) as SendMailOptions['headers']
}

function withHeader(
  headers: SendMailOptions['headers'],
  originals: readonly string[],
): SendMailOptions['headers'] {
  const value = originals.join(', ')
  if (Array.isArray(headers)) return [...headers, { key: 'X-Posthaste-Original-To', value }]
  return { ...headers, 'X-Posthaste-Original-To': value } as SendMailOptions['headers']
}

function asAddress({ name, address }: Mailbox): { name: string; address: string } {
  return { name, address }
}
