import { createTransport as createNodemailer, type Transport as Nodemailers } from 'nodemailer'
import { expect, test } from 'vitest'
import type { EnqueueOptions, Mail, Outcome, QueueConfig, Transport } from '../../src/index.ts'
import { rawHeader } from '../../src/mail/raw-header.ts'
import { describeEachDatabase, freshDatabase } from '../support/databases.ts'
import { queueAtHand } from '../support/hand-clock.ts'
import { letter } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'

const day = 86_400_000
const to = 'ada@example.com'

/** Keeps what it is handed; each mail is deferred once. */
function keeping(): Transport & { readonly sent: Buffer[] } {
  const sent: Buffer[] = []
  return {
    name: 'kept',
    maxConnections: 1,
    sent,
    async deliver(dispatch): Promise<Outcome> {
      const mime = await dispatch.mime()
      if (!(await dispatch.mayBegin())) return { type: 'aborted' }
      if (Buffer.isBuffer(mime)) sent.push(mime)
      const verdict = dispatch.attempt === 1 ? 'deferred' : 'accepted'
      return {
        type: 'answered',
        recipients: dispatch.envelope.to.map((address) => ({ address, verdict })),
      }
    },
    async verify() {},
    async close() {},
  }
}

const dateIn = (mime: Buffer | undefined) => Date.parse(rawHeader(mime ?? '', 'date') ?? '')

/** Old as it is by then, it is tried more than once. */
const retry = { giveUpAfter: '30d' } as const

/** Headers have no milliseconds. */
const seconds = (time: number) => Math.floor(time / 1_000) * 1_000

interface Waiting {
  readonly url: string
  readonly given?: Partial<Mail>
  readonly options?: EnqueueOptions
  readonly config?: Partial<QueueConfig>
  /** Goes on its first way after so many days. */
  readonly days: number
}

/** Enqueued and held, released when the time has passed, deferred, sent an hour later. */
async function waited({ url, given, options, config, days }: Waiting) {
  const transport = keeping()
  const { mail, clock } = queueAtHand({ database: url, transports: { default: transport }, ...config })
  await using _ = mail
  await mail.migrate()
  const { id, messageId } = await mail.enqueue(letter(to, given), { retry, ...options })
  const enqueued = clock.now()
  await mail.hold({ id })
  clock.turn(days * day)
  await mail.release({ id })
  const released = clock.now()
  await mail.deliverDue()
  const dispatched = clock.now()
  clock.turn(2 * day)
  await mail.deliverDue()
  expect(await mail.get(id)).toMatchObject({ state: 'sent', attempts: 2, messageId })
  const [first, second] = transport.sent
  expect(second?.equals(first ?? Buffer.alloc(0))).toBe(true)
  const { headers, source } = await mail.content(id)
  return { first, enqueued, released, dispatched, messageId, headers, source: await source() }
}

describeEachDatabase('B15', (_, fresh) => {
  test.each(['enqueue', 'deliver'] as const)(
    'B15: a mail that was held for 10 days has the time of its first dispatch as Date, also on a retry, rendered at %s',
    async (render) => {
      const { url } = await fresh()
      const sent = await waited({ url, config: { render }, days: 10 })
      const date = dateIn(sent.first)
      expect(date).toBeGreaterThanOrEqual(seconds(sent.released))
      expect(date).toBeLessThanOrEqual(sent.dispatched)
      expect(rawHeader(sent.first ?? '', 'message-id')).toBe(sent.messageId)
      expect(sent.source.equals(sent.first ?? Buffer.alloc(0))).toBe(true)
      expect(Date.parse(sent.headers.date ?? '')).toBe(date)
    },
  )

  test('B15: a mail that is held when it is in doubt keeps that Date, too', async () => {
    const { url } = await fresh()
    const sent = await waited({ url, options: { onUnknown: 'hold' }, days: 10 })
    expect(dateIn(sent.first)).toBeGreaterThanOrEqual(seconds(sent.released))
  })
})

const stated = 'Tue, 24 Nov 2026 12:00:00 +0000'

test.each<[string, Partial<Waiting>, (sent: Awaited<ReturnType<typeof waited>>) => number]>([
  ['was held for less than a day', { days: 0.9 }, ({ enqueued }) => enqueued],
  ['has a Date of the app', { given: { date: stated } }, () => Date.parse(stated)],
  ['has it among its headers', { given: { headers: { Date: stated } } }, () => Date.parse(stated)],
  ['is raw', { given: { raw: `Date: ${stated}\r\nTo: ${to}\r\n\r\nHello\r\n` } }, () => Date.parse(stated)],
])('B15: a mail that %s keeps its Date', async (_title, waiting, expected) => {
  const { url } = await freshDatabase('sqlite')
  const sent = await waited({ url, days: 10, ...waiting })
  expect(Math.abs(dateIn(sent.first) - expected(sent))).toBeLessThan(120_000)
})

test('B15: a mail for a day in 10 days has that day as Date', async () => {
  const { url } = await freshDatabase('sqlite')
  const sendAt = new Date(seconds(Date.now()) + 10 * day)
  const sent = await waited({ url, options: { sendAt }, days: 10.5 })
  expect(dateIn(sent.first)).toBe(sendAt.getTime())
})

test('B15: a resend of a mail that was held is dated when it goes', async () => {
  const { url } = await freshDatabase('sqlite')
  const transport = keeping()
  const { mail, clock } = queueAtHand({ database: url, transports: { default: transport } })
  await using _ = mail
  const { id } = await mail.enqueue(letter(to))
  const second = await mail.resend(id)
  await mail.cancel({ id })
  clock.turn(10 * day)
  const released = clock.now()
  await mail.deliverDue()
  expect((await mail.get(second.id))?.attempts).toBe(1)
  expect(dateIn(transport.sent[0])).toBeGreaterThanOrEqual(seconds(released))
})

test('B15: a mail that only a connection was refused for keeps the Date of that first dispatch', async () => {
  const { url } = await freshDatabase('sqlite')
  const away = queueAtHand({ database: url, transports: { default: 'smtp://127.0.0.1:1' } })
  const { id } = await away.mail.enqueue(letter(to), { retry })
  await away.mail.deliverDue()
  expect(await away.mail.attempts(id)).toMatchObject([{ outcome: 'fault' }])
  await away.mail.close()
  const transport = keeping()
  const { mail, clock } = queueAtHand({ database: url, transports: { default: transport } })
  await using _ = mail
  clock.turn(5 * day)
  await mail.deliverDue()
  expect(dateIn(transport.sent[0])).toBeLessThan(clock.now() - 4 * day)
})

/** Every way out: our SMTP with DKIM off, a Nodemailer transporter that takes MIME, one that reads fields. */
test('B15: whatever the transport', async () => {
  const smtp = await startSmtp()
  const fields: Date[] = []
  const structured: Nodemailers = {
    name: 'fields',
    version: '1',
    send({ data }, done) {
      fields.push(data.date as Date)
      done(null, { messageId: data.messageId as string, accepted: [to] } as never)
    },
  }
  const { url } = await freshDatabase('sqlite')
  const { mail, clock } = queueAtHand({
    database: url,
    transports: {
      default: smtp.url,
      own: createNodemailer({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true }),
      fields: createNodemailer(structured),
    },
    streams: { own: { transport: 'own' }, fields: { transport: 'fields' } },
  })
  for (const stream of ['default', 'own', 'fields'] as const) await mail.enqueue(letter(to), { stream })
  clock.turn(10 * day)
  const before = clock.now()
  await mail.deliverDue()
  await mail.close()
  await smtp.close()
  const dates = [...smtp.received.map(({ raw }) => dateIn(raw)), ...fields.map((date) => date.getTime())]
  expect(dates).toHaveLength(3)
  for (const date of dates) expect(date).toBeGreaterThanOrEqual(seconds(before))
})
