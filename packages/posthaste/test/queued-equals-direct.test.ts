import { Readable } from 'node:stream'
import fc from 'fast-check'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { expect, test } from 'vitest'
import { decodeDocument } from '../src/mail/decode.ts'
import { draftMail } from '../src/mail/draft.ts'
import { defaultLimits } from '../src/mail/limits.ts'
import type { Mail } from '../src/mail/mail.ts'
import type { OpenContent } from '../src/mail/open-checked.ts'
import { renderMime } from '../src/mail/render.ts'
import { type ResolvedMail, resolveDraft } from '../src/mail/resolve.ts'
import { anyMail } from './support/mail-arbitrary.ts'

const given = { id: '0192f0c1-2d3e-7a4b-8c5d-6e7f8091a2b3', now: new Date('2026-11-24T12:00:00Z') }

const russian = 'Здравствуйте, ваш заказ отправлен'
const stream = (text: string | Buffer) => Readable.from([Buffer.from(text)], { objectMode: false })
const base = { from: 'Shop <shop@example.com>', to: 'jo@example.com' }

/** Where Nodemailer composes by what kind of value it was given, and other corners. */
const corpus: [string, () => object][] = [
  ['text from a stream, which is always quoted-printable', () => ({ text: stream(russian) })],
  [
    'text as bytes, whose encoding follows the letters',
    () => ({ text: Buffer.from(russian), html: russian }),
  ],
  ['text as an object around a stream', () => ({ html: { content: stream(russian) } })],
  [
    'an alternative from a stream',
    () => ({ text: 'x', alternatives: [{ content: stream(russian), contentType: 'text/x-y' }] }),
  ],
  ['a calendar from a stream', () => ({ text: 'x', icalEvent: stream(russian) })],
  [
    'a calendar as bytes',
    () => ({ text: 'x', icalEvent: { content: Buffer.from(russian), method: 'request' } }),
  ],
  ['large text', () => ({ text: 'line\r\n'.repeat(100_000), html: `<p>${russian.repeat(10_000)}` })],
  [
    'a large attachment',
    () => ({ attachments: [{ filename: 'a.bin', content: Buffer.alloc(300_001, 'abc') }] }),
  ],
  [
    'a large attachment from a stream',
    () => ({ attachments: [{ content: stream(Buffer.alloc(1_500_000, 'abc')) }] }),
  ],
  [
    'an attached message, whose label follows its bytes',
    () => ({
      attachments: [
        { filename: 'a.eml', content: Buffer.alloc(100_000, 'x\n') },
        { contentType: 'message/rfc822', content: russian },
      ],
    }),
  ],
  [
    'an attachment that may choose its encoding',
    () => ({ attachments: [{ filename: 'a.txt', content: russian, contentTransferEncoding: undefined }] }),
  ],
  [
    'an attachment with nothing in it',
    () => ({ text: 'x', attachments: [{ filename: 'empty.txt', content: '' }] }),
  ],
  ['nothing but a subject', () => ({ subject: 'x' })],
  [
    'empty values',
    () => ({
      subject: 'x',
      text: '',
      html: null,
      cc: '',
      headers: {},
      list: {},
      attachments: [],
      references: '',
    }),
  ],
  [
    'headers in their order',
    () => ({
      subject: 'x',
      headers: { 'x-z': '1', 'X-A': ['2', '3'], 'x-m': { prepared: true, value: '4' } },
      list: { z: 'a@b.example', a: 'c@d.example' },
    }),
  ],
  ['NUL and half characters', () => ({ text: 'a\0b\ud800c', html: '\udfff\0' })],
  [
    'related images beside attachments',
    () => ({
      html: '<img src="cid:i">',
      text: 'x',
      attachments: [
        { cid: 'i', filename: 'i.png', content: stream('png') },
        { filename: 'b.txt', content: 'b' },
      ],
    }),
  ],
  [
    'a raw message from a stream, with an envelope',
    () => ({
      raw: stream('Subject: x\r\n\r\nbody'),
      envelope: { from: 'a@example.com', to: 'b@example.com' },
    }),
  ],
  [
    'a null sender and an envelope of its own',
    () => ({ text: 'x', envelope: { from: false, to: ['B@EXAMPLE.com', 'c@jõgeva.ee'] } }),
  ],
]

test.each(corpus)('queued or sent directly, it is the same bytes: %s', async (_, make) => {
  for (const streamed of [false, true]) {
    await expectSame(() => ({ ...base, ...make() }) as Mail, streamed)
  }
})

test('a mail that was queued and one that was sent directly are the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(anyMail(), fc.boolean(), (recipe, streamed) => expectSame(recipe.make, streamed)),
    { numRuns: 400 },
  )
}, 180_000)

/** Where the two differ, fast-check prints the seed that finds it again. */
async function expectSame(make: () => Mail, streamed: boolean): Promise<void> {
  const queued = await queueAndRender(make(), streamed)
  const direct = await sendDirectly(make(), queued)
  expect(queued.mime.toString('latin1')).toBe(direct.mime.toString('latin1'))
  expect(addressesOf(queued.resolved)).toEqual(direct.envelope)
}

interface Queued {
  readonly mime: Buffer
  readonly resolved: ResolvedMail
  readonly imageIds: readonly string[]
}

async function queueAndRender(mail: Mail, streamed: boolean): Promise<Queued> {
  const resolved = await resolveDraft(draftMail(mail, given), { limits: defaultLimits })
  const message = decodeDocument(Buffer.from(resolved.document), openFrom(resolved, streamed))
  const imageIds = (message.attachments ?? []).flatMap(({ cid }) => (cid && isImageId(cid) ? [cid] : []))
  return { mime: await renderMime(message), resolved, imageIds }
}

/** As a store would: whole where it must be whole, else in chunks. */
function openFrom({ contents }: ResolvedMail, streamed: boolean): OpenContent {
  return ({ content, whole }) => {
    const chunks = 'index' in content ? [...(contents[content.index]?.chunks() ?? [])] : []
    return streamed && !whole ? Readable.from(chunks, { objectMode: false }) : Buffer.concat(chunks)
  }
}

/** Nodemailer's own way, with what it would invent pinned: Message-ID, Date, boundary, and the ids of images that it takes out of the HTML. */
async function sendDirectly(
  mail: Mail,
  { resolved, imageIds }: Queued,
): Promise<{ mime: Buffer; envelope: unknown }> {
  const transporter = createTransport({
    name: 'direct',
    version: '1',
    send: (sent, done) =>
      sent.message?.build((error, mime) =>
        done(error, { mime, envelope: sent.message?.getEnvelope() } as never),
      ),
  })
  transporter.use('compile', ({ data }, done) => {
    const invented = (data.attachments ?? []).filter(({ cid }) => cid && isImageId(cid))
    for (const [index, attachment] of invented.entries()) {
      data.html = String(data.html).replace(String(attachment.cid), imageIds[index] ?? 'missing')
      attachment.cid = imageIds[index]
    }
    done()
  })
  const sent = (await transporter.sendMail({
    ...mail,
    ...resolved.draft.pins,
  } as SendMailOptions)) as unknown as Sent
  return { mime: sent.mime, envelope: { from: sent.envelope.from || '', to: sent.envelope.to } }
}

interface Sent {
  readonly mime: Buffer
  readonly envelope: { readonly from: unknown; readonly to: unknown }
}

function isImageId(cid: string): boolean {
  return /^[0-9a-f]{20}@localhost$/.test(cid)
}

function addressesOf({ draft }: ResolvedMail): unknown {
  return { from: draft.sender, to: draft.recipients.map(({ address }) => address) }
}
