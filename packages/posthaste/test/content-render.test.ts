import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDocument } from '../src/mail/decode.ts'
import { draftMail } from '../src/mail/draft.ts'
import { defaultLimits } from '../src/mail/limits.ts'
import type { Mail } from '../src/mail/mail.ts'
import { renderMime, renderMimeNow, renderStream } from '../src/mail/render.ts'
import { resolveDraft } from '../src/mail/resolve.ts'
import { given, openFrom, queued, resolved } from './support/content.ts'
import { anyMail } from './support/mail-arbitrary.ts'

describe('rendering', () => {
  test('without waiting gives the same bytes, where it can be done', async () => {
    let rendered = 0
    await fc.assert(
      fc.asyncProperty(anyMail(), async (recipe) => {
        const mail = await resolveDraft(draftMail(atHand(recipe.make()), given), { limits: defaultLimits })
        const fresh = () => decodeDocument(mail.document, openFrom(mail))
        const now = renderMimeNow(fresh())
        if (!now) return
        rendered++
        const streamed: Buffer[] = []
        for await (const chunk of await renderStream(fresh())) streamed.push(chunk as Buffer)
        expect(now.toString('latin1')).toBe(Buffer.concat(streamed).toString('latin1'))
      }),
      { numRuns: 300 },
    )
    expect(rendered).toBeGreaterThan(100)
  }, 60_000)

  test.each([
    ['a long text that is no ASCII', { html: 'Grüße an alle, die das lesen. '.repeat(5000) }],
    ['a whole message', { raw: 'Subject: x\n\nno newline at the end' }],
    ['a whole message as bytes', { raw: Buffer.from('Subject: ü\r\n\r\nx\r') }],
    ['blanks at the end', { text: 'Grüße \t ' }],
    [
      'binary in quoted-printable',
      {
        attachments: [
          { content: Buffer.from('a\rb\nc\r\n\0 '), contentTransferEncoding: 'quoted-printable' },
        ],
      },
    ],
  ])('need not wait for %s', async (_, fields) => {
    const now = renderMimeNow(await queued(fields))
    const streamed: Buffer[] = []
    for await (const chunk of await renderStream(await queued(fields))) streamed.push(chunk as Buffer)
    expect(now?.toString('latin1')).toBe(Buffer.concat(streamed).toString('latin1'))
  })

  test('leaves out Bcc', async () => {
    const message = await queued({ bcc: 'secret@example.com', headers: { Bcc: 'hidden@example.com' } })
    expect((await renderMime(message)).toString()).not.toMatch(/secret|hidden/)
  })

  test('is one mail however often it is attempted', async () => {
    const mail = await resolved({
      html: '<p>',
      list: { help: 'a@b.example' },
      attachments: [{ content: 'x' }],
    })
    const attempts = await Promise.all(
      [1, 2, 3].map(() => renderMime(decodeDocument(mail.document, openFrom(mail)))),
    )
    expect(attempts[1]).toEqual(attempts[0])
    expect(attempts[2]).toEqual(attempts[0])
  })
})

/** The mail without what must be awaited: streams, ready-made parts, line breaks to convert. */
function atHand({ newline: _, ...mail }: Mail): Mail {
  return replaceStreams(mail) as Mail
}

function replaceStreams(value: unknown): unknown {
  if (value instanceof Readable) return Buffer.from('was a stream')
  if (Array.isArray(value)) return value.map(replaceStreams)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date)
    return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key === 'raw' && !('envelope' in value) ? 'content' : key,
    replaceStreams(inner),
  ])
  return Object.fromEntries(entries)
}
