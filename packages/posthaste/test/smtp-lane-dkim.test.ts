import { once } from 'node:events'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { SystemClock } from '../src/clock.ts'
import { createTransport } from '../src/transports/create-transport.ts'
import { deliverTo, dispatchOf, plainMime, summary } from './support/dispatch.ts'
import { dkim, verified } from './support/dkim.ts'
import { closing, laneAt } from './support/lane.ts'
import { startSmtp } from './support/smtp.ts'
import { until } from './support/wait.ts'

test.each([
  ['a buffer', () => Buffer.from(plainMime)],
  ['a stream', () => Readable.from([Buffer.from(plainMime.slice(0, 40)), Buffer.from(plainMime.slice(40))])],
  ['a mail without a body', () => Buffer.from(plainMime.slice(0, plainMime.indexOf('\r\n\r\n') + 4))],
])('signs %s so that a receiver can verify it', async (_, mime) => {
  const smtp = closing(await startSmtp())
  expect(summary(await deliverTo(laneAt(smtp.port, { dkim }), { mime }))).toBe('accepted')
  const found = await verified(smtp.received[0]?.raw ?? Buffer.alloc(0))
  expect(found.results).toEqual(['pass'])
  expect(found.asked).toContain('k1._domainkey.example.com')
})

test('signs with each of several keys', async () => {
  const smtp = closing(await startSmtp())
  const keys = [dkim, { ...dkim, keySelector: 'k2' }]
  await deliverTo(laneAt(smtp.port, { dkim: { keys } }))
  const found = await verified(smtp.received[0]?.raw ?? Buffer.alloc(0))
  expect(found.results).toEqual(['pass', 'pass'])
  expect(new Set(found.asked)).toEqual(new Set(['k1._domainkey.example.com', 'k2._domainkey.example.com']))
})

test('signs List-Unsubscribe-Post (RFC 8058), where the options come from a configuration, too', async () => {
  const smtp = closing(await startSmtp())
  const config = { host: '127.0.0.1', port: smtp.port, dkim }
  const transport = closing(createTransport('main', config, { clock: new SystemClock() }))
  await deliverTo(transport, { mime: `List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n${plainMime}` })
  const { results, fields } = await verified(smtp.received[0]?.raw ?? Buffer.alloc(0))
  expect(results).toEqual(['pass'])
  expect(fields.toLowerCase()).toContain('list-unsubscribe-post')
})

test.each([
  ['a key that is none', { domainName: 'example.com', keySelector: 'k1', privateKey: 'no key' }],
  ['a key without a selector', { domainName: 'example.com', privateKey: 'no key' }],
  ['a hash that is none', { ...dkim, hashAlgo: 'nonsense' }],
])('refuses %s, which Nodemailer would take and send unsigned mail', (_, options) => {
  expect(() => laneAt(25, { dkim: options })).toThrow(/transports\.main.*PH_CONFIG/)
})

test('a mail that is called off while it is signed is aborted, and its content is not to blame', async () => {
  const smtp = closing(await startSmtp())
  const ending = new AbortController()
  function* endless() {
    for (let piece = 0; ; piece++) {
      if (piece === 100) ending.abort()
      yield Buffer.from(piece === 0 ? plainMime : 'and so on\r\n')
    }
  }
  const mime = Readable.from(endless(), { objectMode: false })
  const failures: unknown[] = []
  mime.on('error', (error) => failures.push(error))
  const closed = once(mime, 'close')
  const outcome = await laneAt(smtp.port, { dkim }).deliver(dispatchOf({ mime: () => mime }), ending.signal)
  await closed
  expect(summary(outcome)).toBe('aborted')
  expect(failures).toEqual([])
  expect(smtp.sessions).toEqual([])
})

test('content that breaks while it is signed defers the mail, and nothing of it leaves', async () => {
  const smtp = closing(await startSmtp())
  async function* broken() {
    yield Buffer.from(plainMime)
    throw new Error('the database is away')
  }
  const mime = () => Readable.from(broken(), { objectMode: false })
  const outcome = await deliverTo(laneAt(smtp.port, { dkim }), { mime })
  expect(summary(outcome)).toBe('deferred')
  expect(outcome.recipients[0]?.reply?.text).toContain('the database is away')
  expect(smtp.sessions).toEqual([])
})

test('a connection that breaks amid a signed stream leaves its content without an error', async () => {
  const smtp = closing(
    await startSmtp({ reply: ({ step }) => (step === 'body' ? { and: 'reset' } : undefined) }),
  )
  const made: Readable[] = []
  const failures: unknown[] = []
  const mime = () => {
    const pieces = [plainMime, ...Array.from({ length: 10_000 }, () => 'and so on, and so on\r\n'.repeat(50))]
    const stream = Readable.from(
      pieces.map((piece) => Buffer.from(piece)),
      { objectMode: false },
    )
    made.push(stream.on('error', (error) => failures.push(error)))
    return stream
  }
  const outcome = await deliverTo(laneAt(smtp.port, { dkim }), { mime })
  expect(summary(outcome)).toBe('deferred')
  await until(() => made.every((stream) => stream.closed), { timeout: 25_000 })
  expect(made).toHaveLength(2)
  expect(failures).toEqual([])
})
