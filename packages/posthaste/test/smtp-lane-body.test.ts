import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { deliverTo, summary } from './support/dispatch.ts'
import { laneTo } from './support/lane.ts'

test('asks mayBegin once, when the server waits for the body', async () => {
  const { smtp, lane } = await laneTo()
  const asked: string[][] = []
  const mayBegin = async () => Boolean(asked.push([...(smtp.sessions[0]?.commands ?? [])]))
  await deliverTo(lane, { mayBegin })
  expect(asked).toHaveLength(1)
  expect(asked[0]?.at(-1)).toBe('DATA')
})

test.each([
  ['says no', async () => false],
  ['fails', async () => Promise.reject(new Error('the database is gone'))],
])('sends not one byte of the body when mayBegin %s', async (_, mayBegin) => {
  const { smtp, lane } = await laneTo()
  expect(summary(await deliverTo(lane, { mayBegin }))).toBe('aborted')
  await vi.waitFor(() => expect(smtp.open).toBe(0))
  expect(smtp.cutShort).toEqual([0])
  expect(smtp.received).toEqual([])
})

test('never ends a body that breaks on the way', async () => {
  const { smtp, lane } = await laneTo()
  const broken = () =>
    Readable.from(
      (async function* () {
        yield Buffer.from('Subject: half\r\n\r\nfirst half\r\n')
        throw new Error('the database is gone')
      })(),
    )
  const outcome = await deliverTo(lane, { mime: broken })
  expect(summary(outcome)).toBe('deferred')
  expect(outcome.reply?.text).toBe('the database is gone')
  await vi.waitFor(() => expect(smtp.cutShort).toHaveLength(1))
  expect(smtp.received).toEqual([])
})

test('never ends a body whose stream is destroyed without an error', async () => {
  const { smtp, lane } = await laneTo()
  const halfway = () => {
    const stream = new Readable({ read: () => undefined })
    stream.push('Subject: half\r\n\r\nfirst half\r\n')
    setImmediate(() => stream.destroy())
    return stream
  }
  expect(summary(await deliverTo(lane, { mime: halfway }))).toBe('deferred')
  await vi.waitFor(() => expect(smtp.open).toBe(0))
  expect(smtp.received).toEqual([])
})

test('defers a mail whose content cannot be read, and keeps the connection', async () => {
  const { smtp, lane } = await laneTo()
  await deliverTo(lane)
  const unreadable = () => {
    throw new Error('chunk 3 is missing')
  }
  expect((await deliverTo(lane, { mime: unreadable })).recipients[0]).toMatchObject({
    verdict: 'deferred',
    reply: { text: 'chunk 3 is missing' },
  })
  await deliverTo(lane)
  expect(smtp.sessions).toHaveLength(1)
})

test('reads a body of 50 MB only as fast as the server takes it', async () => {
  const chunk = Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(840))
  const chunks = 800
  let resume = () => {}
  const paused = new Promise<undefined>((resolve) => {
    resume = () => resolve(undefined)
  })
  const { smtp, lane } = await laneTo(({ step }) => (step === 'body' ? paused : undefined))
  let produced = 0
  const body = () => Readable.from(repeated(chunk, chunks, () => produced++))
  const sending = deliverTo(lane, { mime: body })
  await vi.waitUntil(async () => produced > 0 && (await unchanged(() => produced)), { timeout: 10_000 })
  expect(produced).toBeLessThan(chunks / 2)
  resume()
  expect(summary(await sending)).toBe('accepted')
  expect(smtp.received[0]?.raw.length).toBe(chunk.length * chunks)
})

function* repeated(chunk: Buffer, count: number, produced: () => void): Generator<Buffer> {
  for (let i = 0; i < count; i++) {
    produced()
    yield chunk
  }
}

async function unchanged(read: () => number): Promise<boolean> {
  const before = read()
  await new Promise((resolve) => setTimeout(resolve, 100))
  return read() === before
}

// As a stream it goes the whole way through Nodemailer's escaping.
test('a body at hand arrives as the same one does as a stream, whatever dots and line ends it has', async () => {
  const { smtp, lane } = await laneTo()
  const pieces = fc.constantFrom('a', '.', '\r', '\n', '\r\n', '\r\n.', '\r\n.\r\n', 'ü')
  const contents = [
    '.',
    '\r',
    'a',
    'a\r\n',
    '..\r\n',
    ...['\n', '\r', '.', 'a'].map((last) => `${'.a\n'.repeat(20_000)}${last}`),
    ...fc.sample(fc.string({ unit: pieces, minLength: 1 }), 60),
  ]
  for (const content of contents) {
    const mime = Buffer.from(content)
    for (const given of [mime, () => Readable.from([mime])]) await deliverTo(lane, { mime: given })
    const [whole, streamed] = smtp.received.splice(0)
    expect(whole?.raw.equals(streamed?.raw ?? Buffer.alloc(0)), JSON.stringify(content)).toBe(true)
  }
})
