import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import type { Mail } from '../src/mail/mail.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase } from './support/databases.ts'

type Status = { status: string; suppressed: readonly string[]; id: string }

describeEachDatabase('the don’t-send list', (kind, fresh) => {
  let mail: MailQueue<string>
  let app: AppDatabase

  beforeAll(async () => {
    const { url } = await fresh()
    mail = createMailQueue({ database: url, delivery: 'capture', streams: { news: {}, other: {} } })
    await mail.migrate()
    app = await openApp(kind, url)
    await mail.suppressions.import([
      'Gone@Example.com',
      { address: '@closed.example' },
      { address: 'news@example.com', stream: 'news' },
      { address: 'soon@example.com', expiresIn: 1 },
      { address: 'later@example.com', expiresIn: '1h' },
    ])
    await mail.suppressions.add('forgotten@example.com')
    await mail.forget('forgotten@example.com')
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
  })

  const inTransaction = async <T>(work: () => Promise<T>): Promise<T> => {
    await app.begin()
    try {
      return await work()
    } finally {
      await app.commit()
    }
  }
  const only = ({ results }: { results: readonly (Status | undefined)[] }) =>
    results[0] ?? { status: '', suppressed: [], id: '' }

  const ways: Record<string, (given: Mail, stream?: string) => Promise<Status>> = {
    enqueue: (given, stream = 'default') => mail.enqueue(given, { stream }),
    enqueueIn: (given, stream = 'default') => inTransaction(() => mail.enqueueIn(app.tx, given, { stream })),
    'enqueueIn of a prepared mail': async (given, stream = 'default') => {
      const prepared = await mail.prepare(given, { stream })
      return inTransaction(async () =>
        kind === 'sqlite' ? mail.enqueueSync(app.tx, prepared) : mail.enqueueIn(app.tx, prepared),
      )
    },
    enqueueMany: async (given, stream = 'default') => only(await mail.enqueueMany([{ mail: given, stream }])),
    enqueueManyIn: (given, stream = 'default') =>
      inTransaction(async () => only(await mail.enqueueManyIn(app.tx, [{ mail: given, stream }]))),
    sendMail: async (given, stream = 'default') =>
      (await mail.transporter({ createTransport }).sendMail({
        ...given,
        posthaste: { stream },
      } as never)) as unknown as Status,
  }

  describe.each(Object.keys(ways))('on the way of %s', (name) => {
    const enqueue = ways[name] ?? (() => Promise.reject(new Error('no such way')))

    test.each<[string, Partial<Mail>, string[]]>([
      ['to', { to: 'gone@example.com' }, ['gone@example.com']],
      ['any case', { to: 'GONE@EXAMPLE.COM' }, ['GONE@example.com']],
      [
        'a name before it',
        { to: 'Gone, but nice <gone@example.com>'.replace(',', '') },
        ['gone@example.com'],
      ],
      ['an object', { to: { name: 'G', address: 'gone@example.com' } }, ['gone@example.com']],
      ['a domain', { to: 'anybody@Closed.Example' }, ['anybody@closed.example']],
      ['one that was forgotten', { to: 'forgotten@example.com' }, ['forgotten@example.com']],
      ['one that ends later', { to: 'later@example.com' }, ['later@example.com']],
    ])(
      'a mail whose only recipient is on the list by %s is recorded as suppressed',
      async (_, more, suppressed) => {
        const stored = await enqueue({ ...message, ...more })
        expect(stored).toMatchObject({ status: 'suppressed', suppressed })
        expect(await mail.get(stored.id)).toMatchObject({
          state: 'suppressed',
          recipients: [{ state: 'suppressed' }],
        })
      },
    )

    test('the others of a mail still get theirs, and cc and bcc count as well', async () => {
      const stored = await enqueue({
        ...message,
        to: 'ada@example.com',
        cc: 'gone@example.com',
        bcc: 'x@closed.example',
      })
      expect(stored).toMatchObject({ status: 'queued', suppressed: ['gone@example.com', 'x@closed.example'] })
      expect(await mail.get(stored.id)).toMatchObject({ state: 'queued' })
    })

    test('an entry of one stream does not count in another, nor one that has ended, nor a subdomain', async () => {
      expect(await enqueue({ ...message, to: 'news@example.com' }, 'news')).toMatchObject({
        status: 'suppressed',
      })
      expect(await enqueue({ ...message, to: 'news@example.com' }, 'other')).toMatchObject({
        status: 'queued',
        suppressed: [],
      })
      expect(await enqueue({ ...message, to: 'soon@example.com' })).toMatchObject({
        status: 'queued',
        suppressed: [],
      })
      expect(await enqueue({ ...message, to: 'a@not.closed.example' })).toMatchObject({
        status: 'queued',
        suppressed: [],
      })
    })
  })

  test('nothing of it is ever sent', async () => {
    await mail.deliverDue()
    const sent = (await mail.find({ state: 'sent' }, { limit: 200 })).items
    expect(sent.length).toBeGreaterThan(0)
    for (const { recipients } of sent)
      for (const { address, state } of recipients)
        expect([address, state]).not.toEqual([
          expect.stringMatching(/^(gone|later|forgotten)@|@closed\.example$/i),
          'accepted',
        ])
  })
})

const message = { from: 'shop@example.com', subject: 'Listed', text: 'a mail' }
