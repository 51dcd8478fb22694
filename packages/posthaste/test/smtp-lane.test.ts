import { Readable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { SystemClock } from '../src/clock.ts'
import { createSmtpLane } from '../src/transports/smtp/lane.ts'
import type { SmtpOptions } from '../src/transports/smtp/options.ts'
import type { Transport } from '../src/transports/transport.ts'
import { deliverTo, dispatchOf, plainMime, summary } from './support/dispatch.ts'
import { type Script, type ScriptedSmtp, scriptedSmtp, slowSmtp } from './support/scripted-smtp.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).reverse().map((one) => one.close()))
})

async function laneTo(script?: Script, { extensions, ...options }: SmtpOptions & { extensions?: string[] } = {}): Promise<{ smtp: ScriptedSmtp; lane: Transport }> {
  const smtp = await scriptedSmtp(script, extensions)
  const lane = createSmtpLane({ name: 'main', smtp: { host: '127.0.0.1', port: smtp.port, ...options }, clock: new SystemClock() })
  opened.push(smtp, lane)
  return { smtp, lane }
}

test('delivers the rendered bytes as they are, dots and all', async () => {
  const { smtp, lane } = await laneTo()
  const outcome = await deliverTo(lane)
  expect(outcome.recipients).toEqual([
    { address: 'someone@example.net', verdict: 'accepted', reply: { code: 250, enhanced: '2.0.0', text: 'Ok: queued as 1' } },
  ])
  expect(outcome.remote).toBe(`127.0.0.1:${smtp.port} [127.0.0.1]`)
  expect(`${smtp.mails[0]?.body}\r\n`).toBe(plainMime)
})

test('connects at the first mail, and sends many over one connection', async () => {
  const { smtp, lane } = await laneTo()
  expect(smtp.sessions).toHaveLength(0)
  for (let i = 0; i < 5; i++) await deliverTo(lane)
  expect(smtp.sessions).toHaveLength(1)
  expect(smtp.mails).toHaveLength(5)
})

test('replaces a connection after maxMessages, with a goodbye', async () => {
  const { smtp, lane } = await laneTo(undefined, { maxMessages: 2 })
  for (let i = 0; i < 5; i++) await deliverTo(lane)
  expect(smtp.sessions.map(({ mails }) => mails)).toEqual([2, 2, 1])
  expect(smtp.sessions[0]?.commands.at(-1)).toBe('QUIT')
})

test('opens no more than maxConnections, and lets the rest wait', async () => {
  const { smtp, lane } = await laneTo(undefined, { maxConnections: 3 })
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => deliverTo(lane)))
  expect(outcomes.map(summary)).toEqual(Array(20).fill('accepted'))
  expect(smtp.sessions.length).toBeLessThanOrEqual(3)
})

test('closes a connection that was idle for idleTimeout', async () => {
  const { smtp, lane } = await laneTo(undefined, { idleTimeout: 20 })
  await deliverTo(lane)
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands.at(-1)).toBe('QUIT'))
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.sessions).toHaveLength(2)
})

test.each(['FIN', 'RST', { reply: '421 4.4.2 Idle too long', then: 'FIN' }] as const)(
  'replaces a kept connection that turns out dead at the first command (%o)',
  async (end) => {
    const { smtp, lane } = await laneTo((step, _, session) => (step === 'MAIL' && session.number === 1 && session.mails === 1 ? end : undefined))
    await deliverTo(lane)
    expect(summary(await deliverTo(lane))).toBe('accepted')
    expect(smtp.mails.map(({ session }) => session)).toEqual([1, 2])
  },
)

test('notices that the server closed an idle connection', async () => {
  const { smtp, lane } = await laneTo()
  await deliverTo(lane)
  for (const socket of smtp.sockets) socket.end()
  await vi.waitFor(() => expect(smtp.sockets.size).toBe(0))
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.sessions).toHaveLength(2)
})

test('keeps the connection after a refused mail, reset', async () => {
  const { smtp, lane } = await laneTo((step, line) => (step === 'RCPT' && line.includes('nobody') ? '550 5.1.1 No such user' : undefined), { maxConnections: 1 })
  expect(summary(await deliverTo(lane, { to: ['nobody@example.net'] }))).toBe('rejected')
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.sessions).toHaveLength(1)
  expect(smtp.sessions[0]?.commands).toContain('RSET')
})

test('gives every recipient their own verdict and reply', async () => {
  const { lane } = await laneTo((step, line) => {
    if (step !== 'RCPT') return undefined
    return line.includes('gone') ? '550 5.1.1 Gone' : line.includes('full') ? '452 4.2.2 Mailbox full' : undefined
  })
  const { recipients, fault } = await deliverTo(lane, { to: ['gone@a.test', 'ok@a.test', 'full@a.test'] })
  expect(recipients.map(({ verdict, reply }) => [verdict, reply?.code, reply?.enhanced])).toEqual([
    ['rejected', 550, '5.1.1'],
    ['accepted', 250, '2.0.0'],
    ['deferred', 452, '4.2.2'],
  ])
  expect(fault).toBeUndefined()
})

test('keeps both verdicts when one recipient is refused and the message too', async () => {
  const { lane } = await laneTo((step, line) => (step === 'RCPT' && line.includes('gone') ? '550 5.1.1 Gone' : step === 'body' ? '451 4.3.0 Later' : undefined))
  const { recipients } = await deliverTo(lane, { to: ['gone@a.test', 'ok@a.test'] })
  expect(recipients.map(({ verdict, reply }) => [verdict, reply?.code])).toEqual([
    ['rejected', 550],
    ['deferred', 451],
  ])
})

test('works with a server that pipelines nothing', async () => {
  const { smtp, lane } = await laneTo(undefined, { extensions: [] })
  expect(summary(await deliverTo(lane, { to: ['a@a.test', 'b@a.test'] }))).toBe('accepted')
  expect(smtp.mails[0]?.to).toEqual(['a@a.test', 'b@a.test'])
})

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
  await vi.waitFor(() => expect(smtp.sockets.size).toBe(0))
  expect(smtp.discarded).toEqual([''])
  expect(smtp.mails).toEqual([])
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
  await vi.waitFor(() => expect(smtp.discarded).toHaveLength(1))
  expect(smtp.mails).toEqual([])
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
  await vi.waitFor(() => expect(smtp.sockets.size).toBe(0))
  expect(smtp.mails).toEqual([])
})

test('defers a mail whose content cannot be read, and keeps the connection', async () => {
  const { smtp, lane } = await laneTo()
  await deliverTo(lane)
  const unreadable = () => {
    throw new Error('chunk 3 is missing')
  }
  expect((await deliverTo(lane, { mime: unreadable })).recipients[0]).toMatchObject({ verdict: 'deferred', reply: { text: 'chunk 3 is missing' } })
  await deliverTo(lane)
  expect(smtp.sessions).toHaveLength(1)
})

test('close() lets the mail under way finish, and refuses the next', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const { smtp, lane } = await laneTo(async (step) => (step === 'body' ? void (await held) : undefined))
  const sending = deliverTo(lane)
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands).toContain('DATA'))
  const closing = lane.close()
  release()
  expect(summary(await sending)).toBe('accepted')
  await closing
  expect(summary(await deliverTo(lane))).toBe('aborted')
})

test('an abort before the body is handed over leaves nothing with the server', async () => {
  const { smtp, lane } = await laneTo((step) => (step === 'RCPT' ? 'HANG' : undefined))
  const abort = new AbortController()
  const sending = lane.deliver(dispatchOf(), abort.signal)
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands.length).toBeGreaterThan(2))
  abort.abort()
  expect(summary(await sending)).toBe('aborted')
})

test('an abort after the final dot leaves the outcome unknown', async () => {
  const { smtp, lane } = await laneTo((step) => (step === 'body' ? 'HANG' : undefined))
  const abort = new AbortController()
  const sending = lane.deliver(dispatchOf(), abort.signal)
  await vi.waitFor(() => expect(smtp.mails).toHaveLength(1))
  abort.abort()
  expect(summary(await sending)).toBe('unknown')
})

test('reads a body of 50 MB only as fast as the server takes it', async () => {
  const chunk = Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(840))
  const chunks = 800
  const slow = await slowSmtp()
  const lane = createSmtpLane({ name: 'main', smtp: { host: '127.0.0.1', port: slow.port }, clock: new SystemClock() })
  opened.push(slow, lane)
  let produced = 0
  const body = () => Readable.from(repeated(chunk, chunks, () => produced++))
  const sending = deliverTo(lane, { mime: body })
  await vi.waitUntil(async () => produced > 0 && (await unchanged(() => produced)), { timeout: 10_000 })
  expect(produced).toBeLessThan(chunks / 2)
  slow.resume()
  expect(summary(await sending)).toBe('accepted')
  expect(slow.bytes()).toBe(chunk.length * chunks + 3)
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
