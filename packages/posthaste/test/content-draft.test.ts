import { Readable } from 'node:stream'
import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import { draftMail } from '../src/mail/draft.ts'
import { codeOf, draft, given, mimeOf, queued } from './support/content.ts'

const cyclic: Record<string, unknown> = {}
cyclic.self = { cyclic }
class Money {
  readonly amount = 1
}

describe('a mail is refused', () => {
  test.each([
    ['PH_MAIL_INVALID', 'an unknown priority', { priority: 'urgent' }],
    ['PH_MAIL_INVALID', 'a subject that is not text', { subject: { text: 'x' } }],
    ['PH_MAIL_INVALID', 'a number as text', { text: 5 }],
    ['PH_MAIL_INVALID', 'an html object that holds nothing', { html: { contentType: 'text/html' } }],
    ['PH_MAIL_INVALID', 'attachments that are text', { attachments: ['a.pdf'] }],
    [
      'PH_MAIL_INVALID',
      'an encoding that does not exist',
      { attachments: [{ content: 'x', encoding: 'rot13' }] },
    ],
    ['PH_MAIL_INVALID', 'a date that is no date', { date: 'tomorrow' }],
    ['PH_MAIL_INVALID', 'an invalid Date', { date: new Date(Number.NaN) }],
    ['PH_MAIL_INVALID', 'a date as a number', { date: 1_700_000_000_000 }],
    ['PH_MAIL_INVALID', 'a Message-ID with a blank', { messageId: '<a b@example.com>' }],
    [
      'PH_MAIL_INVALID',
      'a one-time code that is no ASCII',
      { otp: { code: 'ü', origin: 'https://example.com' } },
    ],
    ['PH_MAIL_INVALID', 'a subject of a megabyte', { subject: 'x'.repeat(1_000_000) }],
    [
      'PH_MAIL_INVALID',
      'more recipients than anybody has',
      { to: Array.from({ length: 10_001 }, (_, n) => `u${n}@example.com`) },
    ],
    [
      'PH_MAIL_INVALID',
      'data nested without end',
      { provider: Array.from({ length: 50 }).reduce((inner) => ({ inner }), {}) },
    ],
    ['PH_ADDRESS_INVALID', 'an address that does not parse', { to: 'nobody' }],
    ['PH_ADDRESS_INVALID', 'a sender that does not parse', { from: 'Shop' }],
    [
      'PH_ADDRESS_INVALID',
      'a bad address in the envelope',
      { envelope: { from: 'a@example.com', to: 'root' } },
    ],
    ['PH_ADDRESS_INVALID', 'a bad address in a header', { cc: undefined, headers: { cc: 'nobody' } }],
    ['PH_NO_RECIPIENTS', 'nobody to send to', { to: undefined }],
    ['PH_NO_RECIPIENTS', 'an empty envelope', { envelope: { from: 'a@example.com' } }],
    ['PH_NOT_STORABLE', 'a function', { provider: { format: () => '' } }],
    ['PH_NOT_STORABLE', 'normalizeHeaderKey', { normalizeHeaderKey: (key: string) => key }],
    ['PH_NOT_STORABLE', 'a symbol', { provider: Symbol('x') }],
    ['PH_NOT_STORABLE', 'a symbol as key', { provider: { [Symbol('x')]: 1 } }],
    ['PH_NOT_STORABLE', 'a class instance', { provider: new Money() }],
    ['PH_NOT_STORABLE', 'a Map', { provider: new Map() }],
    ['PH_NOT_STORABLE', 'a stream where no content belongs', { provider: Readable.from(['x']) }],
    ['PH_NOT_STORABLE', 'a cycle', { provider: cyclic }],
    ['PH_SECRET_IN_MAIL', 'a DKIM key', { dkim: { privateKey: 'k' } }],
    ['PH_SECRET_IN_MAIL', 'extra DKIM options', { _dkim: {} }],
    ['PH_SECRET_IN_MAIL', 'a password', { auth: { user: 'u', pass: 'p' } }],
    ...[
      'sendAt',
      'delay',
      'expiresAt',
      'expiresIn',
      'stream',
      'tenant',
      'idempotencyKey',
      'replaces',
      'tags',
      'metadata',
      'retry',
      'onUnknown',
      'sensitive',
      'posthaste',
    ].map((option) => ['PH_OPTION_IN_MAIL', `the option ${option}`, { [option]: 'x' }]),
    ['PH_OPTION_IN_MAIL', "priority 'bulk'", { priority: 'bulk' }],
  ] as [string, string, object][])('%s: %s', async (code, _, fields) => {
    expect(await codeOf(() => draft(fields))).toBe(code)
  })

  test('PH_MAIL_INVALID: something that is no object', async () => {
    expect(await codeOf(() => draftMail('mail' as never, given))).toBe('PH_MAIL_INVALID')
    expect(await codeOf(() => draftMail([] as never, given))).toBe('PH_MAIL_INVALID')
  })

  test('naming the field, the remedy and the code', () => {
    expect(() => draft({ attachments: [{ filename: 'a', content: 'b' }, { content: new Money() }] })).toThrow(
      /attachments\[1\]\.content is an instance of Money.*\[PH_NOT_STORABLE\]/,
    )
  })
})

describe('a mail is taken', () => {
  test('with a prepared header that is folded', async () => {
    expect(await mimeOf({ headers: { 'X-Signature': { prepared: true, value: 'a=1;\r\n b=2' } } })).toContain(
      'X-Signature: a=1;\r\n b=2',
    )
  })

  test('with NUL and lone surrogates in its text, which survive', async () => {
    const odd = 'nul \0, half \ud83d, whole 😀'
    expect(await queued({ text: odd, html: `<p>${odd}</p>` })).toMatchObject({
      text: odd,
      html: `<p>${odd}</p>`,
    })
  })

  test('without its own __proto__ keys', async () => {
    const mail = JSON.parse(
      '{"provider":{"model":{"__proto__":{"polluted":true},"kept":1}},"__proto__":{"raw":"x"}}',
    )
    const message = (await queued(mail, 'data')) as Record<string, unknown>
    expect(message.model).toEqual({ kept: 1 })
    expect((message.model as { polluted?: boolean }).polluted).toBeUndefined()
    expect(message.raw).toBeUndefined()
  })

  test('with objects of another realm, such as those of a Jest test file', () => {
    const foreign = vm.runInNewContext(
      "({ provider: { rows: [1], when: new Date(0) }, headers: { 'X-A': 'b' } })",
    )
    expect(draft(foreign).mail.provider).toEqual({ rows: [1], when: new Date(0) })
  })

  test('as a copy: changing the object afterwards changes nothing, and bytes are not copied', () => {
    const bytes = Buffer.from('bytes')
    const attachments = [{ filename: 'a.txt', content: bytes }]
    const { mail } = draft({ attachments })
    attachments[0] = { filename: 'b.txt', content: Buffer.from('other') }
    expect(mail.attachments).toEqual([{ filename: 'a.txt', content: bytes }])
    expect((mail.attachments as { content: Buffer }[])[0]?.content).toBe(bytes)
  })

  test('with a signal, which belongs to the call and is not kept', () => {
    expect(draft({ signal: new AbortController().signal }).mail).not.toHaveProperty('signal')
  })
})

describe('a draft knows', () => {
  test('its recipients once each, by kind, normalised', () => {
    const { recipients } = draft({
      to: 'A <a@EXAMPLE.com>, b@example.com',
      cc: ['b@example.com', 'c@example.com'],
      bcc: 'd@example.com, a@example.com',
    })
    expect(recipients).toEqual([
      { address: 'a@example.com', kind: 'to' },
      { address: 'b@example.com', kind: 'to' },
      { address: 'c@example.com', kind: 'cc' },
      { address: 'd@example.com', kind: 'bcc' },
    ])
  })

  test('that an envelope wins over the fields', () => {
    const { sender, recipients } = draft({
      envelope: { from: 'Bounces <bounce@example.com>', to: 'x@example.com', bcc: ['y@example.com'] },
    })
    expect(sender).toBe('bounce@example.com')
    expect(recipients).toEqual([
      { address: 'x@example.com', kind: 'envelope' },
      { address: 'y@example.com', kind: 'envelope' },
    ])
  })

  test('the null sender', () => {
    expect(draft({ envelope: { from: false, to: 'x@example.com' } }).sender).toBe('')
  })

  test('recipients that stand among the headers', () => {
    expect(
      draft({ to: undefined, headers: { To: ['a@example.com', 'b@example.com'] } }).recipients.map(
        ({ address }) => address,
      ),
    ).toEqual(['a@example.com', 'b@example.com'])
  })

  test('its Message-ID: given, given bare, among the headers, in a raw message, or made from id and sender', () => {
    expect(draft({ messageId: '<mine@example.com>' }).messageId).toBe('<mine@example.com>')
    expect(draft({ messageId: 'mine@example.com' }).messageId).toBe('<mine@example.com>')
    expect(draft({ headers: { 'message-ID': '<h@example.com>' } }).messageId).toBe('<h@example.com>')
    expect(
      draft({ raw: 'Subject: x\r\nMESSAGE-ID:\r\n <raw@example.com>\r\n\r\nMessage-ID: <body@example.com>' })
        .messageId,
    ).toBe('<raw@example.com>')
    expect(draft({}).messageId).toBe(`<${given.id}@example.com>`)
    expect(draft({ from: 'a@jõgeva.ee' }).messageId).toBe(`<${given.id}@xn--jgeva-dua.ee>`)
    expect(
      draftMail({ to: 'a@example.com', text: 'x' }, { ...given, hostname: 'host.example' }).messageId,
    ).toBe(`<${given.id}@host.example>`)
  })

  test('its date: given as a Date, as ISO text or as a header, else when it is to be sent, else now', () => {
    const date = new Date('2025-01-02T03:04:05Z')
    expect(draft({ date }).date).toEqual(date)
    expect(draft({ date: '2025-01-02T04:04:05+01:00' }).date).toEqual(date)
    expect(draft({ date: 'Thu, 02 Jan 2025 04:04:05 +0100' }).date).toEqual(date)
    expect(draft({ headers: { date } }).date).toEqual(date)
    expect(draftMail({ to: 'a@example.com', text: 'x' }, { ...given, sendAt: date }).date).toEqual(date)
    expect(draft({}).date).toEqual(given.now)
  })

  test('its subject as a person reads it', () => {
    expect(draft({ subject: 'Grüße 😀' }).subject).toBe('Grüße 😀')
    expect(draft({ subject: 'half \ud83d' }).subject).toBe('half \ufffd')
    expect(draft({ subject: undefined }).subject).toBe('')
    expect(
      draft({
        subject: undefined,
        raw: 'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?B?IPCfmIA=?=\r\n\r\nx',
      }).subject,
    ).toBe('Grüße 😀')
  })

  test('the priority that the mail asks for', () => {
    expect(draft({ priority: 'High' }).priority).toBe('high')
    expect(draft({}).priority).toBeUndefined()
  })
})
