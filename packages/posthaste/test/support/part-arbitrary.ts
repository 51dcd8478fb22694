import fc from 'fast-check'

export const streamMark = 'a stream of'

export function streamOf(body: fc.Arbitrary<string | Buffer>): fc.Arbitrary<unknown> {
  return body.map((bytes) => ({ [streamMark]: bytes }))
}

/** Without line breaks, as a header must be; any other character. */
export const line = fc
  .oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
  )
  .map((text) => text.replace(/[\r\n\0]/g, ' '))

export const prose = fc.oneof(
  fc.constantFrom(
    '',
    'Hello',
    'Grüße aus Köln\r\n.\r\n',
    'Здравствуйте, ваш заказ отправлен',
    '\u0000\ud800 odd but legal',
    'x'.repeat(2000),
  ),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        'a line',
        ' ',
        '.',
        'trailing blank ',
        'äöü',
        '=',
        '\r\n',
        '\n',
        '\r',
        '\t',
        'x'.repeat(90),
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
)

export const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.integer({ min: 60_000, max: 200_000 }).map((size) => Buffer.alloc(size, 'posthaste \r\n')),
)

export const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
export const address = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(word, word).map(([local, host]) => `${local}@${host}.example`) },
  fc.constantFrom(
    'Upper.Case@EXAMPLE.com',
    'jõgeva@jõgeva.ee',
    'safe@jõgeva.ee',
    '"quoted local"@example.com',
    'a..b@docomo.example',
    'x@[192.0.2.1]',
  ),
)
const displayName = fc.oneof(
  fc.constantFrom('', 'Anna Müller', 'O"Brien, Pat', 'Рассылка', '山田', 'back\\slash', 'a (comment)'),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n\0]/g, ' ')),
)
export const addressObject = fc.record({ name: displayName, address })
export const addressText = fc.oneof(
  address,
  fc.tuple(word, address).map(([name, one]) => `${name} <${one}>`),
  fc.tuple(address, address).map((two) => two.join(', ')),
  fc.tuple(address, address).map((two) => `Team: ${two.join(', ')};`),
)
export const addressField = fc.oneof(
  addressText,
  addressObject,
  fc.array(fc.oneof(addressText, addressObject, fc.array(addressObject, { minLength: 1, maxLength: 2 })), {
    minLength: 1,
    maxLength: 3,
  }),
)

export const content = fc.oneof(
  prose,
  bytes,
  streamOf(fc.oneof(prose, bytes)),
  bytes.map((buffer) => new Uint8Array(buffer)),
)
const headerName = fc.oneof(
  word.map((name) => `X-${name}`),
  fc.constantFrom('X-Mixed-CASE', 'comments', 'x-smtpapi', 'Content-Language', 'Auto-Submitted', 'Reply-To'),
)
const headerValue = fc.oneof(
  line.map((text) => (/^[\s:]*$/.test(text) ? 'value' : text)),
  fc.integer(),
  fc.array(line, { minLength: 1, maxLength: 3 }),
  fc.record({
    prepared: fc.constant(true),
    value: fc.constantFrom('as it stands; q=1', 'folded\r\n once'),
    foldLines: fc.boolean(),
  }),
  fc.record({ value: fc.constantFrom('an object with a value', 'mit Ümläut') }),
)
const headerMap = fc
  .dictionary(headerName, headerValue, { maxKeys: 4, noNullPrototype: true })
  .map((map) => ('Reply-To' in map ? { ...map, 'Reply-To': 'reply@example.com' } : map))
export const headers = fc.oneof(
  headerMap,
  fc.array(fc.record({ key: word.map((name) => `X-${name}`), value: headerValue }), { maxLength: 3 }),
  fc.record({ key: fc.constant('X-Only'), value: line.map((text) => text || 'one') }),
)

export const some = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.option(arbitrary, { nil: undefined, freq: 2 })
const encoded = prose.map((text) => Buffer.from(text).toString('base64'))

const contentObject = fc.oneof(
  fc.record({ content }),
  fc.record({ content: encoded, encoding: fc.constantFrom('base64', 'BASE64') }),
  fc.record({
    path: fc.constantFrom(
      'data:text/plain;base64,SGFsbG8=',
      'data:text/html,%3Cb%3Ehi%3C/b%3E',
      'data:image/png;base64,iVBORw0KGgo=',
    ),
  }),
  fc.record({ href: fc.constantFrom('data:text/css;charset=utf-8,body%7B%7D') }),
)
export const part = fc
  .tuple(
    contentObject,
    fc.record(
      {
        headers: headerMap,
        contentTransferEncoding: fc.constantFrom('base64', 'quoted-printable', '7bit', false as const),
        contentType: fc.constantFrom('text/plain', 'text/x-extra; charset=utf-8', 'application/json'),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([body, rest]) => ({ ...body, ...rest }))
export const attachment = fc
  .tuple(
    fc.oneof(
      part,
      fc.record({
        raw: fc.oneof(
          fc.constant('Content-Type: text/plain\r\n\r\nready made'),
          streamOf(fc.constant('Content-Type: text/x\r\n\r\nstreamed')),
        ),
      }),
    ),
    fc.record(
      {
        filename: fc.oneof(
          fc.constantFrom<string | false>(
            false,
            'invoice.pdf',
            'Rechnung März.pdf',
            'mail.eml',
            'no-extension',
            '山.png',
            "it's; odd.txt",
          ),
          line,
        ),
        cid: fc.constantFrom('logo', 'logo@example.com', '<bracketed>'),
        contentDisposition: fc.constantFrom('inline', 'attachment'),
        contentType: fc.constantFrom(
          'application/pdf',
          'image/png',
          'message/rfc822',
          'text/calendar',
          'text/plain; charset=iso-8859-1',
        ),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([body, rest]) => ({ ...body, ...rest }))

/** Content that an object of its own may hold: never empty, for Nodemailer cannot compose an empty object. */
export const body = fc.oneof(
  content,
  part.filter((value) => !('content' in value) || isFilled(value.content)),
)
const isFilled = (value: unknown) => value !== '' && value !== undefined

export const htmlWithImages = fc
  .array(
    fc.constantFrom(
      '<p>Hi</p>',
      '<img alt="x" src="data:image/png;base64,iVBORw0KGgo=">',
      "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='/>",
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join('\n'))
