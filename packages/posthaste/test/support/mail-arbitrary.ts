import { Readable } from 'node:stream'
import fc from 'fast-check'
import type { Mail } from '../../src/mail.ts'

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

const streamMark = 'a stream of'

function streamOf(body: fc.Arbitrary<string | Buffer>): fc.Arbitrary<unknown> {
  return body.map((bytes) => ({ [streamMark]: bytes }))
}

function unfold(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unfold)
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (typeof value !== 'object' || value === null) return value
  if (streamMark in value) return Readable.from([Buffer.from(value[streamMark] as string)], { objectMode: false })
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unfold(inner)]))
}

/** Without line breaks, as a header must be; any other character. */
const line = fc
  .oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }))
  .map((text) => text.replace(/[\r\n\0]/g, ' '))

const prose = fc.oneof(
  fc.constantFrom('', 'Hello', 'Grüße aus Köln\r\n.\r\n', 'Здравствуйте, ваш заказ отправлен', '\u0000\ud800 odd but legal', 'x'.repeat(2000)),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(fc.constantFrom('a line', ' ', '.', 'trailing blank ', 'äöü', '=', '\r\n', '\n', '\r', '\t', 'x'.repeat(90)), { maxLength: 20 }).map((parts) => parts.join('')),
)

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.integer({ min: 60_000, max: 200_000 }).map((size) => Buffer.alloc(size, 'posthaste \r\n')),
)

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
const address = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(word, word).map(([local, host]) => `${local}@${host}.example`) },
  fc.constantFrom('Upper.Case@EXAMPLE.com', 'jõgeva@jõgeva.ee', 'safe@jõgeva.ee', '"quoted local"@example.com', 'a..b@docomo.example', 'x@[192.0.2.1]'),
)
const displayName = fc.oneof(
  fc.constantFrom('', 'Anna Müller', 'O"Brien, Pat', 'Рассылка', '山田', 'back\\slash', 'a (comment)'),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n\0]/g, ' ')),
)
const addressObject = fc.record({ name: displayName, address })
const addressText = fc.oneof(address, fc.tuple(word, address).map(([name, one]) => `${name} <${one}>`), fc.tuple(address, address).map((two) => two.join(', ')), fc.tuple(address, address).map((two) => `Team: ${two.join(', ')};`))
const addressField = fc.oneof(addressText, addressObject, fc.array(fc.oneof(addressText, addressObject, fc.array(addressObject, { maxLength: 2 })), { minLength: 1, maxLength: 3 }))

const content = fc.oneof(prose, bytes, streamOf(fc.oneof(prose, bytes)), bytes.map((buffer) => new Uint8Array(buffer)))
const headerName = fc.oneof(word.map((name) => `X-${name}`), fc.constantFrom('X-Mixed-CASE', 'comments', 'x-smtpapi', 'Content-Language', 'Auto-Submitted', 'Reply-To'))
const headerValue = fc.oneof(
  line.map((text) => (/^[\s:]*$/.test(text) ? 'value' : text)),
  fc.integer(),
  fc.array(line, { minLength: 1, maxLength: 3 }),
  fc.record({ prepared: fc.constant(true), value: fc.constantFrom('as it stands; q=1', 'folded\r\n once'), foldLines: fc.boolean() }),
  fc.record({ value: fc.constantFrom('an object with a value', 'mit Ümläut') }),
)
const replyTo = addressText
const headerMap = fc.dictionary(headerName, headerValue, { maxKeys: 4, noNullPrototype: true }).map((map) => ('Reply-To' in map ? { ...map, 'Reply-To': 'reply@example.com' } : map))
const headers = fc.oneof(
  headerMap,
  fc.array(fc.record({ key: word.map((name) => `X-${name}`), value: headerValue }), { maxLength: 3 }),
  fc.record({ key: fc.constant('X-Only'), value: line.map((text) => text || 'one') }),
)

const some = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const encoded = prose.map((text) => Buffer.from(text).toString('base64'))

const contentObject = fc.oneof(
  fc.record({ content }),
  fc.record({ content: encoded, encoding: fc.constantFrom('base64', 'BASE64') }),
  fc.record({ path: fc.constantFrom('data:text/plain;base64,SGFsbG8=', 'data:text/html,%3Cb%3Ehi%3C/b%3E', 'data:image/png;base64,iVBORw0KGgo=') }),
  fc.record({ href: fc.constantFrom('data:text/css;charset=utf-8,body%7B%7D') }),
)
const part = fc.tuple(contentObject, fc.record({ headers: headerMap, contentTransferEncoding: fc.constantFrom('base64', 'quoted-printable', '7bit', false as const), contentType: fc.constantFrom('text/plain', 'text/x-extra; charset=utf-8', 'application/json') }, { requiredKeys: [] })).map(([body, rest]) => ({ ...body, ...rest }))
const attachment = fc
  .tuple(
    fc.oneof(part, fc.record({ raw: fc.oneof(fc.constant('Content-Type: text/plain\r\n\r\nready made'), streamOf(fc.constant('Content-Type: text/x\r\n\r\nstreamed'))) })),
    fc.record(
      {
        filename: fc.oneof(fc.constantFrom<string | false>(false, 'invoice.pdf', 'Rechnung März.pdf', 'mail.eml', 'no-extension', '山.png', "it's; odd.txt"), line),
        cid: fc.constantFrom('logo', 'logo@example.com', '<bracketed>'),
        contentDisposition: fc.constantFrom('inline', 'attachment'),
        contentType: fc.constantFrom('application/pdf', 'image/png', 'message/rfc822', 'text/calendar', 'text/plain; charset=iso-8859-1'),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([body, rest]) => ({ ...body, ...rest }))

/** Content that an object of its own may hold: never empty, for Nodemailer cannot compose an empty object. */
const body = fc.oneof(content, part.filter((value) => !('content' in value) || isFilled(value.content)))
const isFilled = (value: unknown) => value !== '' && value !== undefined

const listEntry = fc.oneof(fc.constantFrom('https://example.com/u?id=1', 'mailto:stop@example.com', 'stop@example.com'), fc.record({ url: fc.constant('https://example.com/help'), comment: line }))
const list = fc.dictionary(fc.constantFrom('help', 'unsubscribe', 'unsubscribe-post', 'ID', 'owner'), fc.oneof(listEntry, fc.array(fc.oneof(listEntry, fc.array(listEntry, { maxLength: 2 })), { maxLength: 2 })), { noNullPrototype: true })

const instant = fc.date({ min: new Date('1990-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
const messageId = word.map((id) => `<${id}@example.com>`)

const structured = fc.tuple(
  fc.record(
    {
      from: addressObject,
      to: addressField,
    },
  ),
  fc.record(
    {
      sender: addressText,
      cc: addressField,
      bcc: addressField,
      replyTo,
      subject: line,
      inReplyTo: messageId,
      references: fc.oneof(messageId, fc.array(messageId, { minLength: 1, maxLength: 3 }), fc.constant('<a@x> <b@x>')),
      messageId: fc.oneof(messageId, word.map((id) => `${id}@bare.example`)),
      date: fc.oneof(instant, fc.constant('Mon, 02 Jan 2023 10:00:00 +0200')),
      text: body,
      html: body,
      watchHtml: body,
      amp: body,
      icalEvent: fc.oneof(fc.constant('BEGIN:VCALENDAR\r\nEND:VCALENDAR'), bytes, streamOf(prose), fc.record({ method: fc.constantFrom('request', 'PUBLISH'), content: fc.constant('BEGIN:VCALENDAR'), filename: fc.constantFrom('a.ics', 'Termin ä.ics') })),
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
      envelope: fc.record({ from: fc.oneof(address, fc.constant(false)), to: fc.array(address, { minLength: 1, maxLength: 3 }), size: fc.integer({ min: 0, max: 9999 }), use8BitMime: fc.boolean() }, { requiredKeys: ['to'] }),
      dsn: fc.record({ id: word, return: fc.constantFrom('headers', 'full'), notify: fc.constant(['failure', 'delay']) }),
      otp: fc.constant({ code: '123 456', origin: 'https://example.com/login' }),
      attachDataUrls: fc.boolean(),
      ses: fc.constant({ ConfigurationSetName: 'main' }),
      templateId: some(fc.integer()),
      templateModel: fc.jsonValue(),
      'o:tag': fc.array(word),
      'v:my-var': fc.constant({ $: 'a key of ours', nested: [Number.NaN, undefined, -0, null] }),
    },
    { requiredKeys: [] },
  ),
).map((parts) => Object.assign({}, ...parts))

const rawText = fc.constantFrom('Message-ID: <raw@example.com>\r\nSubject: ready\r\n\r\nraw body\r\n', 'no header at all', 'From: a@example.com\n\nunix lines\n')
const rawMessage = fc.record({ raw: fc.oneof(rawText, rawText.map((text) => Buffer.from(text)), streamOf(rawText)), envelope: fc.record({ from: address, to: address }), newline: fc.option(fc.constantFrom('win', 'linux'), { nil: undefined }) })
