import { afterEach, expect, test, vi } from 'vitest'
import { createMailQueue, type Outcome, type Transport } from '../../src/index.ts'
import { createTransport } from '../../src/transports/create-transport.ts'
import { Deadline } from '../../src/transports/smtp/deadline.ts'
import { freshDatabase } from '../support/databases.ts'
import { deliverTo, summary } from '../support/dispatch.ts'
import { type DripStep, startDripping } from '../support/dripping.ts'
import { HandClock } from '../support/hand-clock.ts'
import { closing, laneAt } from '../support/lane.ts'
import { letter } from '../support/line.ts'

/** Only the deadlines can end what drips. */
const hour = 3_600_000
const silent = { connectionTimeout: hour, greetingTimeout: hour, socketTimeout: hour }
const bounded = { ...silent, conversationTimeout: 1_000, finalReplyTimeout: 1_000 }

test.each<[DripStep, string]>([
  ['greeting', 'fault:connection'],
  ['EHLO', 'fault:connection'],
  ['MAIL', 'deferred fault:connection'],
  ['RCPT', 'deferred fault:connection'],
  ['DATA', 'deferred fault:connection'],
  ['dot', 'unknown'],
])(
  'A18: a server that answers %s a byte at a time is left when the time is over: %s',
  async (at, expected) => {
    const server = await startDripping(at)
    const outcome = await deliverTo(laneAt(server.port, bounded))
    expect(summary(outcome)).toBe(expected)
    expect(outcome.errorCode).toBe('ESLOW')
    expect(server.asked).toBe(1)
  },
)

test('A18: on a kept connection, too, and no other connection is tried for that mail', async () => {
  const server = await startDripping('RCPT', { drips: (line) => line.includes('slow') })
  const lane = laneAt(server.port, { ...bounded, maxConnections: 3 })
  const three = await Promise.all(Array.from({ length: 3 }, () => deliverTo(lane)))
  expect(three.map(summary)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(summary(await deliverTo(lane, { to: ['slow@a.test'] }))).toBe('deferred fault:connection')
  expect(server.asked).toBe(1)
})

test('A18: a slow answer to RSET keeps no place from the next mail', async () => {
  const server = await startDripping('RSET', { refuses: (line) => line.includes('gone') })
  const lane = laneAt(server.port, { ...bounded, socketTimeout: 1_000, maxConnections: 1 })
  expect(summary(await deliverTo(lane, { to: ['gone@a.test'] }))).toBe('rejected')
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(server.asked).toBe(1)
})

test('A18: the mail of others goes when the time is over, and the transport does not back off', async () => {
  const server = await startDripping('RCPT', { drips: (line) => line.includes('slow') })
  const { url: database } = await freshDatabase('sqlite')
  await using mail = createMailQueue({
    database,
    transports: { default: { url: server.url, ...bounded, maxConnections: 1 } },
  })
  const slow = await mail.enqueue(letter('slow@example.com'), { tenant: 'a' })
  const other = await mail.enqueue(letter('ada@example.com'), { tenant: 'b' })
  await using worker = mail.worker()
  await worker.start()
  expect(await mail.settled(other.id)).toMatchObject({ state: 'sent' })
  expect((await mail.health()).backingOff).toEqual([])
  expect(await mail.get(slow.id)).toMatchObject({ state: 'queued', unknowns: 0 })
  expect(await mail.attempts(slow.id)).toMatchObject([{ errorCode: 'ESLOW' }])
})

test.each([0, -1, Number.NaN, 2 ** 31])(
  'A18: conversationTimeout: %s is refused',
  async (conversationTimeout) => {
    const transports = { default: { host: 'mail.example.com', conversationTimeout } }
    await using mail = createMailQueue({ database: 'sqlite::memory:', transports })
    await expect(mail.enqueue(letter('ada@example.com'))).rejects.toThrow(/conversationTimeout is /)
  },
)

test('A18: Nodemailer transporters have one deadline for a send', async () => {
  const transporter = { sendMail: () => new Promise<never>(() => {}) }
  const config = { transporter, sendTimeout: 50 }
  const transport = closing(createTransport('own', config as never, { clock: new HandClock() }))
  expect(await deliverTo(transport)).toMatchObject({ errorCode: 'ETIMEDOUT' })
})

afterEach(() => void vi.useRealTimers())

test.each([
  [false, 'deferred'],
  [true, 'unknown'],
])(
  'A18: a transport of the app’s that never settles is left after 12 minutes; begun: %s',
  async (begins, verdict) => {
    vi.useFakeTimers()
    const silentTransport: Transport = {
      name: 'silent',
      maxConnections: 1,
      async deliver({ mayBegin }) {
        if (begins) await mayBegin()
        return new Promise<Outcome>(() => {})
      },
      async verify() {},
      async close() {},
    }
    const transport = createTransport('silent', silentTransport, { clock: new HandClock() })
    const delivered = deliverTo(transport)
    await vi.advanceTimersByTimeAsync(720_000)
    expect((await delivered).recipients).toMatchObject([{ verdict }])
  },
)

/** When a deadline of 10 s strikes, of a body of which so many bytes have left by then. */
async function struckAfter(bytes: number): Promise<number> {
  vi.useFakeTimers()
  const began = Date.now()
  let [left, struck] = [0, 0]
  const deadline = new Deadline(() => {
    struck = Date.now()
  })
  deadline.begin({ ms: 10_000, what: 'The conversation', written: () => left })
  left = bytes
  await vi.advanceTimersByTimeAsync(hour)
  return struck - began
}

test('A18: a large mail has a second more for each 10 KB that has left, and no more', async () => {
  expect(await struckAfter(0)).toBe(10_000)
  expect(await struckAfter(9_000)).toBe(10_000)
  expect(await struckAfter(20_000_000)).toBe(10_000 + 2_000_000)
})

test('A18: work that ends in time is left alone', async () => {
  vi.useFakeTimers()
  const late = vi.fn()
  const deadline = new Deadline(late)
  deadline.begin({ ms: 10_000, what: 'RSET' })
  deadline.begin({ ms: 20_000, what: 'RSET' })
  await vi.advanceTimersByTimeAsync(10_000)
  deadline.end()
  await vi.advanceTimersByTimeAsync(hour)
  expect(late).not.toHaveBeenCalled()
})
