import { describe, expect, test } from 'vitest'
import { createContentCache } from '../src/mail/content-source.ts'
import { decodeDocument } from '../src/mail/decode.ts'
import { defaultLimits } from '../src/mail/limits.ts'
import { resolveDraftSync } from '../src/mail/resolve.ts'
import { codeOf, draft, resolved } from './support/content.ts'

const megabyte = 1024 * 1024
const attach = (attachment: object) => ({ attachments: [attachment] })

describe('content given as bytes', () => {
  test('of up to 64 KB stays in the document, more goes apart', async () => {
    expect((await resolved(attach({ content: Buffer.alloc(65_536) }))).contents).toEqual([])
    expect((await resolved(attach({ content: Buffer.alloc(65_537) }))).contents).toMatchObject([
      { size: 65_537 },
    ])
  })

  test('is not copied: chunks are views of what was given', async () => {
    const content = Buffer.alloc(megabyte, 'x')
    const [source] = (await resolved(attach({ content }))).contents
    const chunks = [...(source?.chunks() ?? [])]
    expect(chunks.map(({ length }) => length)).toEqual([262_144, 262_144, 262_144, 262_144])
    expect(chunks.every(({ buffer }) => buffer === content.buffer)).toBe(true)
  })

  test('is resolved without waiting, data: URIs too', () => {
    const fields = {
      html: Buffer.from('<p>'),
      attachments: [{ content: Buffer.alloc(100_000) }, { path: 'data:,x' }],
    }
    expect(resolveDraftSync(draft(fields), { limits: defaultLimits })?.contents).toHaveLength(1)
  })

  test('that many mails share becomes one source', async () => {
    const cache = createContentCache()
    const content = Buffer.alloc(megabyte)
    const mails = [1, 2].map((n) =>
      resolveDraftSync(draft({ subject: `${n}`, ...attach({ content }) }), { limits: defaultLimits, cache }),
    )
    expect(mails[0]?.contents[0]).toBe(mails[1]?.contents[0])
    const twice = await resolved({ attachments: [{ content }, { content }] })
    expect(twice.contents).toHaveLength(1)
  })

  test('put earlier is referred to by its id', async () => {
    const stored = { posthasteContent: 'c0ffee', size: 11, sha256: 'ab'.repeat(32) }
    const mail = await resolved(attach({ filename: 'a.bin', content: stored }))
    expect(mail.stored).toEqual([stored])
    const message = decodeDocument(mail.document, ({ content }) =>
      Buffer.from(`from ${'stored' in content && content.stored}`),
    )
    expect(message.attachments).toEqual([{ filename: 'a.bin', content: Buffer.from('from c0ffee') }])
  })

  test('as a reference that is damaged is refused', async () => {
    for (const damage of [{ size: '5' }, { size: -1 }, { posthasteContent: 7 }, { sha256: null }]) {
      const content = { posthasteContent: 'c0ffee', size: 5, sha256: 'ab', ...damage }
      expect(await codeOf(() => resolved(attach({ content })))).toBe('PH_MAIL_INVALID')
    }
  })

  test('over the limit is refused, wherever it stands', async () => {
    const limits = { maxSize: megabyte }
    for (const fields of [
      attach({ content: Buffer.alloc(megabyte + 1) }),
      { html: 'x'.repeat(megabyte + 1) },
      attach({ path: `data:,${'x'.repeat(2 * megabyte)}` }),
      attach({ content: { posthasteContent: 'x', size: 2 * megabyte, sha256: '' } }),
      { provider: { model: 'x'.repeat(2 * megabyte) } },
    ]) {
      expect(await codeOf(() => resolved(fields, limits))).toBe('PH_CONTENT_TOO_LARGE')
    }
  })

  test('in a data: URI without a comma is refused', async () => {
    expect(await codeOf(() => resolved(attach({ path: 'data:text/plain' })))).toBe('PH_MAIL_INVALID')
  })
})
