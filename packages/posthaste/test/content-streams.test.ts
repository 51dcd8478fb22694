import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { finished, Readable, Stream } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { decodeDocument } from '../src/mail/decode.ts'
import { defaultLimits } from '../src/mail/limits.ts'
import { renderMime } from '../src/mail/render.ts'
import { disposeMail, type ResolvedMail, resolveDraft, resolveDraftSync } from '../src/mail/resolve.ts'
import { codeOf, draft, openFrom, resolved } from './support/content.ts'

const megabyte = 1024 * 1024
const attach = (attachment: object) => ({ attachments: [attachment] })
const streamOf = (...chunks: Buffer[]) => Readable.from(chunks, { objectMode: false })
const bytesOf = ({ contents }: ResolvedMail, index = 0) =>
  Buffer.concat([...(contents[index]?.chunks() ?? [])])
const mimeOf = async (mail: ResolvedMail) =>
  (await renderMime(decodeDocument(mail.document, openFrom(mail)))).toString()

describe('content given as a stream', () => {
  test('must be awaited, and nothing is consumed when that is not possible', async () => {
    const content = streamOf(Buffer.from('hello'))
    const waiting = draft(attach({ content }))
    expect(resolveDraftSync(waiting, { limits: defaultLimits })).toBeUndefined()
    expect(await mimeOf(await resolveDraft(waiting, { limits: defaultLimits }))).toContain(
      Buffer.from('hello').toString('base64'),
    )
  })

  test('of strings, or from before streams had iterators, is read as well', async () => {
    const old = new Stream()
    old.on('newListener', (event) => {
      if (event !== 'data') return
      setImmediate(() => {
        old.emit('data', Buffer.from('old'))
        old.emit('end')
      })
    })
    expect(await mimeOf(await resolved(attach({ content: old })))).toContain(
      Buffer.from('old').toString('base64'),
    )
    const strings = Readable.from(['grü', 'ße'])
    expect(await mimeOf(await resolved(attach({ content: strings })))).toContain(
      Buffer.from('grüße').toString('base64'),
    )
  })

  test('larger than memory should hold is spooled, and can be read again and again', async () => {
    const chunks = Array.from({ length: 24 }, () => randomBytes(256 * 1024 - 7))
    const mail = await resolved(attach({ content: streamOf(...chunks) }))
    const whole = Buffer.concat(chunks)
    expect(mail.contents).toMatchObject([{ size: whole.length }])
    expect(bytesOf(mail).equals(whole)).toBe(true)
    expect(bytesOf(mail).equals(whole)).toBe(true)
    disposeMail(mail)
    expect(() => bytesOf(mail)).toThrow(/EBADF/)
  })

  test('leaves no file behind that anybody could open', async () => {
    const before = await spoolFiles()
    const mail = await resolved(attach({ content: streamOf(randomBytes(3 * megabyte)) }))
    expect(await spoolFiles()).toEqual(before)
    disposeMail(mail)
  })

  test('of 100 MB keeps memory flat', async () => {
    // The garbage collector comes when it likes: once too much may be chance, twice is a leak.
    const first = await peakFor(100)
    const peak = first < 64 * megabyte ? first : await peakFor(100)
    expect(peak).toBeLessThan(64 * megabyte)
  })

  test('that was read, half read, destroyed or has failed is refused, and never an empty attachment', async () => {
    const read = streamOf(Buffer.from('x'))
    for await (const _ of read);
    const half = streamOf(Buffer.from('x'), Buffer.from('y'))
    await half[Symbol.asyncIterator]().next()
    const destroyed = streamOf(Buffer.from('x')).destroy()
    for (const content of [read, half, destroyed]) {
      expect(await codeOf(() => resolved(attach({ content })))).toBe('PH_CONTENT_UNREADABLE')
    }
  })

  test('that fails does not end the process, and its error is the cause', async () => {
    const late = createReadStream('/nowhere/at/all')
    const waiting = draft({ attachments: [{ content: streamOf(Buffer.from('first')) }, { content: late }] })
    await new Promise((resolve) => finished(late, resolve))
    const error = await resolveDraft(waiting, { limits: defaultLimits }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'PH_CONTENT_UNREADABLE', cause: { code: 'ENOENT' } })
    const midway = Readable.from(
      (async function* () {
        yield Buffer.from('x')
        throw new Error('cable cut')
      })(),
    )
    await expect(resolved(attach({ content: midway }))).rejects.toMatchObject({
      code: 'PH_CONTENT_UNREADABLE',
      cause: { message: 'cable cut' },
    })
  })

  test('over the limit is refused while it is read, and everything unread is let go', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(megabyte)
      })(),
      { objectMode: false },
    )
    const next = streamOf(Buffer.from('x'))
    const fields = { attachments: [{ content: endless }, { content: next }] }
    expect(await codeOf(() => resolved(fields, { maxSize: 5 * megabyte }))).toBe('PH_CONTENT_TOO_LARGE')
    expect([endless.destroyed, next.destroyed]).toEqual([true, true])
  })

  test('of objects is refused', async () => {
    expect(await codeOf(() => resolved(attach({ content: Readable.from([{ a: 1 }]) })))).toBe(
      'PH_CONTENT_UNREADABLE',
    )
  })

  test('stops when the caller gives up', async () => {
    const abort = new AbortController()
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          yield Buffer.from('x')
          abort.abort(new Error('enough'))
        }
      })(),
    )
    await expect(
      resolveDraft(draft(attach({ content: endless })), { limits: defaultLimits, signal: abort.signal }),
    ).rejects.toThrow('enough')
  })

  test('and used twice in one mail is read once', async () => {
    const content = streamOf(Buffer.alloc(100_000, 'x'))
    expect((await resolved({ attachments: [{ content }, { content }] })).contents).toHaveLength(1)
  })
})

async function spoolFiles(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('posthaste-') && name.length > 40)
}

/** Bytes of memory that reading so many megabytes through takes at most. */
async function peakFor(megabytes: number): Promise<number> {
  const chunk = Buffer.alloc(megabyte, 'x')
  const content = Readable.from(Array(megabytes).fill(chunk), { objectMode: false })
  const before = process.memoryUsage().arrayBuffers
  const mail = await resolved(attach({ content }), { maxSize: 2 * megabytes * megabyte })
  let size = 0
  let peak = 0
  for (const { length } of mail.contents[0]?.chunks() ?? []) {
    size += length
    peak = Math.max(peak, process.memoryUsage().arrayBuffers)
    await new Promise(setImmediate)
  }
  expect(size).toBe(megabytes * megabyte)
  disposeMail(mail)
  return peak - before
}
