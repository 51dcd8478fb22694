import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { decodeDocument, documentReferences } from '../src/mail/decode.ts'
import { draftMail } from '../src/mail/draft.ts'
import { defaultLimits } from '../src/mail/limits.ts'
import type { Mail } from '../src/mail/mail.ts'
import { withRecipients } from '../src/mail/narrow-recipients.ts'
import { renderMime } from '../src/mail/render.ts'
import { resolveDraftSync } from '../src/mail/resolve.ts'
import { draft, given, openFrom, plainMail, queued, resolved } from './support/content.ts'

const hashOf = async (fields: object) => (await resolved(fields)).hash()

describe('the hash of what the user gave', () => {
  test('is the same for any order of keys, any id and any time', async () => {
    const now = resolveDraftSync(
      draftMail({ ...plainMail, provider: { a: 1, b: [{ c: 2, d: 3, $: 4 }] } }, given),
      {
        limits: defaultLimits,
      },
    )
    const later = resolveDraftSync(
      draftMail(
        {
          provider: { b: [{ $: 4, d: 3, c: 2 }], a: 1 },
          text: 'Hi',
          subject: 'Hello',
          to: 'jo@example.com',
          from: 'shop@example.com',
        } as Mail,
        { id: '0192f0c1-0000-7000-8000-000000000000', now: new Date(0), sendAt: new Date(1) },
      ),
      { limits: defaultLimits },
    )
    expect(now?.hash()).toEqual(later?.hash())
    expect(now?.hash()).toHaveLength(64)
  })

  test('is the same wherever large content is stored, and another for other bytes', async () => {
    const [a, b] = [Buffer.alloc(100_000, 'a'), Buffer.alloc(100_000, 'b')]
    const mail = (first: Buffer, second: Buffer) => ({
      attachments: [{ content: first }, { content: second }],
    })
    expect(await hashOf(mail(a, b))).toBe(await hashOf({ ...mail(Buffer.from(a), Buffer.from(b)) }))
    expect(await hashOf(mail(a, b))).not.toBe(await hashOf(mail(b, a)))
    const parts = { alternatives: [{ content: a }], attachments: [{ content: b }] }
    expect(await hashOf(parts)).toBe(
      await hashOf({ attachments: parts.attachments, alternatives: parts.alternatives }),
    )
  })

  test.each([
    ['the text', { text: 'Ho' }],
    ['a recipient', { to: 'other@example.com' }],
    ['a date that was given', { date: new Date(0) }],
    ['a Message-ID that was given', { messageId: '<a@b>' }],
    ['a key of a provider', { provider: { templateId: 1 } }],
    ['a value of another kind', { provider: { templateId: '1' } }],
  ])('is another for %s', async (_, fields) => {
    const others = await Promise.all(
      [{}, { provider: { templateId: 1 } }].filter((other) => !isDeepStrictEqual(other, fields)).map(hashOf),
    )
    expect(others).not.toContain(await hashOf(fields))
  })
})

describe('a document', () => {
  test('survives the bytes of any database, for it is UTF-8 without NUL', async () => {
    const { document } = await resolved({ text: '\0 \ud800 ü 😀' })
    expect(document.includes(0)).toBe(false)
    expect(new TextDecoder('utf-8', { fatal: true }).decode(document)).toContain('ü 😀')
  })

  test.each([
    ['bytes that are no JSON', Buffer.from('{')],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['nothing', Buffer.alloc(0)],
    ['another version', Buffer.from('{"v":2,"mail":{},"pins":{}}')],
    ['no mail', Buffer.from('{"v":1}')],
    ['a value of an unknown kind', Buffer.from('{"v":1,"mail":{"x":{"$":"wormhole"}},"pins":{}}')],
  ])('with %s is an error and not half a mail', (_, document) => {
    expect(() => decodeDocument(document, () => Buffer.alloc(0))).toThrow(Error)
  })

  test('never makes a worker read files or URLs', async () => {
    const message = await queued({ disableFileAccess: false, disableUrlAccess: false })
    expect(message).toMatchObject({ disableFileAccess: true, disableUrlAccess: true })
    await expect(renderMime({ ...message, html: { path: '/etc/passwd' } })).rejects.toMatchObject({
      code: 'EFILEACCESS',
    })
    await expect(
      renderMime({ ...message, attachments: [{ href: 'http://169.254.169.254/' }] }),
    ).rejects.toMatchObject({ code: 'EURLACCESS' })
  })

  test('polluting no prototype', () => {
    const message = decodeDocument(
      Buffer.from('{"v":1,"mail":{"a":{"__proto__":{"bad":1}},"__proto__":{"bad":1}},"pins":{}}'),
      () => Buffer.alloc(0),
    )
    expect([(message as { bad?: unknown }).bad, ({} as { bad?: unknown }).bad]).toEqual([
      undefined,
      undefined,
    ])
  })

  test('gives fresh streams on each call', async () => {
    const mail = await resolved({ html: Readable.from(['<p>streamed</p>']) })
    for (const _ of [1, 2])
      expect((await renderMime(decodeDocument(mail.document, openFrom(mail)))).toString()).toContain(
        'streamed',
      )
  })

  test('with content that lost a chunk is an error, and never a short attachment', async () => {
    const { document } = await resolved({ attachments: [{ content: Buffer.alloc(100_000) }] })
    const short = Buffer.alloc(65_536)
    expect(() => decodeDocument(document, () => short)).toThrow('65536 bytes instead of 100000')
    const message = decodeDocument(document, () => Readable.from([short], { objectMode: false }))
    await expect(renderMime(message)).rejects.toThrow('65536 bytes instead of 100000')
  })

  test('names the content apart, and what of it must be whole', async () => {
    const large = Buffer.alloc(100_000, 'x')
    const { document } = await resolved({
      html: 'y'.repeat(300_000),
      text: Buffer.alloc(70_000, 'z'),
      attachments: [{ content: large }, { filename: 'a.eml', content: Buffer.from(large) }],
    })
    expect(documentReferences(document)).toMatchObject([
      { content: { index: 0 }, size: 70_000, whole: true },
      { content: { index: 1 }, size: 300_000, whole: true },
      { content: { index: 2 }, size: 100_000, whole: false },
      { content: { index: 3 }, size: 100_000, whole: true },
    ])
    expect(documentReferences(document, 'data').every(({ whole }) => whole)).toBe(true)
    expect(() => decodeDocument(document, () => Readable.from([]))).toThrow(/as a Buffer/)
  })
})

describe('a mail narrowed to some recipients', () => {
  const fields = {
    to: 'A <a@example.com>, Team: b@example.com, c@example.com;',
    cc: [{ name: 'D', address: 'd@EXAMPLE.com' }],
    bcc: 'e@example.com',
  }

  test('holds only these, in the field where they stood', async () => {
    const message = withRecipients(await queued(fields), ['a@example.com', 'c@example.com', 'd@example.com'])
    expect(message).toMatchObject({
      to: [
        { name: 'A', address: 'a@example.com' },
        { name: '', address: 'c@example.com' },
      ],
      cc: [{ name: 'D', address: 'd@example.com' }],
    })
    expect(message).not.toHaveProperty('bcc')
  })

  test('reaches those who stand in the envelope only by bcc', async () => {
    const message = withRecipients(
      await queued({ envelope: { from: 'x@example.com', to: ['jo@example.com', 'z@example.com'] } }),
      ['z@example.com'],
    )
    expect(message).toMatchObject({
      bcc: [{ address: 'z@example.com' }],
      envelope: { from: 'x@example.com', to: ['z@example.com'] },
    })
    expect(message).not.toHaveProperty('to')
  })

  test('keeps the message that it was made from', async () => {
    const message = await queued(fields)
    const before = { ...message }
    withRecipients(message, ['e@example.com'])
    expect(message).toEqual(before)
  })
})

test('a draft can be resolved twice', async () => {
  const twice = draft({ attachments: [{ content: Buffer.alloc(100_000) }] })
  const [first, second] = [
    resolveDraftSync(twice, { limits: defaultLimits }),
    resolveDraftSync(twice, { limits: defaultLimits }),
  ]
  expect(first?.document).toEqual(second?.document)
})
