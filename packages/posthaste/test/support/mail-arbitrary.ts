import { Readable } from 'node:stream'
import fc from 'fast-check'
import type { Mail } from '../../src/mail/mail.ts'
import {
  address,
  addressField,
  addressObject,
  addressText,
  attachment,
  body,
  bytes,
  headers,
  htmlWithImages,
  line,
  part,
  prose,
  some,
  streamMark,
  streamOf,
  word,
} from './part-arbitrary.ts'

/**
 * A mail and its twin: equal, but made anew, since streams can be read once and Nodemailer changes what it is given.
 * Content that is a stream is described by {@link streamOf} and made at the last moment.
 */
export interface MailRecipe {
  /** A fresh copy of the mail, with fresh streams, on each call. */
  make(): Mail
}

/** Any mail that Nodemailer composes and Posthaste takes, over the whole space of its options. */
export function anyMail(): fc.Arbitrary<MailRecipe> {
  return fc.oneof({ weight: 9, arbitrary: structured }, { weight: 1, arbitrary: rawMessage }).map((plan) => ({
    make: () => unfold(plan) as Mail,
  }))
}

function unfold(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unfold)
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (typeof value !== 'object' || value === null) return value
  if (streamMark in value)
    return Readable.from([Buffer.from(value[streamMark] as string)], { objectMode: false })
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unfold(inner)]))
}

const listEntry = fc.oneof(
  fc.constantFrom('https://example.com/u?id=1', 'mailto:stop@example.com', 'stop@example.com'),
  fc.record({ url: fc.constant('https://example.com/help'), comment: line }),
)
const list = fc.dictionary(
  fc.constantFrom('help', 'unsubscribe', 'unsubscribe-post', 'ID', 'owner'),
  fc.oneof(listEntry, fc.array(fc.oneof(listEntry, fc.array(listEntry, { maxLength: 2 })), { maxLength: 2 })),
  { noNullPrototype: true },
)

const instant = fc.date({ min: new Date('1990-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
const messageId = word.map((id) => `<${id}@example.com>`)

const structured = fc
  .tuple(
    fc.record({
      from: addressObject,
      to: addressField,
    }),
    fc.record(
      {
        sender: addressText,
        replyTo: addressText,
        cc: addressField,
        bcc: addressField,
        subject: line,
        inReplyTo: messageId,
        references: fc.oneof(
          messageId,
          fc.array(messageId, { minLength: 1, maxLength: 3 }),
          fc.constant('<a@x> <b@x>'),
        ),
        messageId: fc.oneof(
          messageId,
          word.map((id) => `${id}@bare.example`),
        ),
        date: fc.oneof(instant, fc.constant('Mon, 02 Jan 2023 10:00:00 +0200')),
        text: body,
        html: fc.oneof(body, htmlWithImages),
        watchHtml: body,
        amp: body,
        icalEvent: fc.oneof(
          fc.constant('BEGIN:VCALENDAR\r\nEND:VCALENDAR'),
          bytes,
          streamOf(prose),
          fc.record({
            method: fc.constantFrom('request', 'PUBLISH'),
            content: fc.constant('BEGIN:VCALENDAR'),
            filename: fc.constantFrom('a.ics', 'Termin ä.ics'),
          }),
        ),
        alternatives: fc.array(part, { maxLength: 2 }),
        attachments: fc.array(attachment, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        headers,
        list,
        priority: fc.constantFrom('high', 'normal', 'low', 'High'),
        xMailer: fc.oneof(line, fc.constant(false)),
        encoding: fc.constantFrom('base64', 'quoted-printable'),
        textEncoding: fc.constantFrom('Q', 'B', 'quoted-printable', 'base64'),
        newline: fc.constantFrom('win', 'linux', '\r\n'),
        baseBoundary: word,
        boundaryPrefix: fc.constantFrom('--_My', 'p'),
        envelope: fc.record(
          {
            from: fc.oneof(address, fc.constant(false)),
            to: fc.array(address, { minLength: 1, maxLength: 3 }),
            size: fc.integer({ min: 0, max: 9999 }),
            use8BitMime: fc.boolean(),
          },
          { requiredKeys: ['to'] },
        ),
        dsn: fc.record({
          id: word,
          return: fc.constantFrom('headers', 'full'),
          notify: fc.constant(['failure', 'delay']),
        }),
        otp: fc.constant({ code: '123 456', origin: 'https://example.com/login' }),
        attachDataUrls: fc.boolean(),
        ses: fc.constant({ ConfigurationSetName: 'main' }),
        provider: fc.record({
          templateId: some(fc.integer()),
          templateModel: fc.jsonValue(),
          'o:tag': fc.array(word),
          'v:my-var': fc.constant({ $: 'a key of ours', nested: [Number.NaN, undefined, -0, null] }),
        }),
      },
      { requiredKeys: [] },
    ),
  )
  .map((parts) => withSubject(withoutBytesForImages(Object.assign({}, ...parts))))

/** Nodemailer writes the numbers of a bare Uint8Array as text when it looks for images in it: Posthaste does better, so the two differ. */
function withoutBytesForImages(mail: Record<string, unknown>): Record<string, unknown> {
  const { html } = mail
  const inner = typeof html === 'object' && html !== null && 'content' in html ? html.content : html
  if (inner instanceof Uint8Array && !Buffer.isBuffer(inner)) delete mail.attachDataUrls
  return mail
}

const rawText = fc.constantFrom(
  'Message-ID: <raw@example.com>\r\nSubject: ready\r\n\r\nraw body\r\n',
  'no header at all',
  'From: a@example.com\n\nunix lines\n',
)
const rawMessage = fc.record({
  raw: fc.oneof(
    rawText,
    rawText.map((text) => Buffer.from(text)),
    streamOf(rawText),
  ),
  envelope: fc.record({ from: address, to: address }),
  newline: fc.option(fc.constantFrom('win', 'linux'), { nil: undefined }),
})

/** A mail must say something. */
function withSubject(mail: Record<string, unknown>): Record<string, unknown> {
  return { ...mail, subject: mail.subject || 'x' }
}
