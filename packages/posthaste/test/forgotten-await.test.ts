import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, isPosthasteError, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase } from './support/databases.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'

/** What the app does without awaiting its enqueue, and what the connection does next. */
const endings = ['rollback', 'commit'] as const
const strangers = ['nobody', 'one that commits', 'one that rolls back'] as const
const whens = ['the first enqueue of the process', 'a later one'] as const
const whats = [
  'a plain mail',
  'a mail with a key',
  'a mail with an attachment',
  'a slow stream',
  'many mails',
  'three calls side by side',
] as const

describeEachDatabase('a forgotten await', (kind, fresh) => {
  let smtp: SmtpServer
  let url: string
  let app: AppDatabase
  let count = 0

  beforeAll(async () => {
    url = (await fresh()).url
    smtp = await startSmtp()
    await using queue = createMailQueue({ database: url })
    await queue.migrate()
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await smtp.close()
  })

  const cases = endings.flatMap((ending) =>
    strangers.flatMap((stranger) =>
      whens.flatMap((when) => whats.map((what) => ({ ending, stranger, when, what }))),
    ),
  )

  test.each(cases)('before a $ending, of $what, $when, followed by $stranger', async (given) => {
    await using mail = createMailQueue({ database: url, transports: { default: smtp.url } })
    if (given.when === 'a later one') await warmUp(mail, app)
    const to = `${given.ending}-${++count}@example.com`
    const stream = new PassThrough()
    await app.begin()
    await app.order(to)
    const outcome = settledOf(enqueue(mail, app.tx, { to, stream, what: given.what }))
    await app[given.ending]()
    await nextUser(app, given.stranger, async () => {
      stream.end(Buffer.alloc(300_000, 'late'))
      await outcome
    })

    const before = smtp.received.length
    await mail.deliverDue()
    const delivered = smtp.received.slice(before).filter((one) => one.to.includes(to))
    const settled = await outcome
    if (given.ending === 'rollback') expect(delivered).toHaveLength(0)
    else expect(delivered).toHaveLength(settled.stored)
    for (const error of settled.errors)
      expect(isPosthasteError(error, 'PH_TRANSACTION_ENDED'), String(error)).toBe(true)
    expect(settled.stored + settled.errors.length).toBeGreaterThan(0)
    if (given.what === 'a slow stream') expect(settled.errors).toHaveLength(1)
    expect((await mail.find({ state: 'failed' })).items).toEqual([])
  })
})

interface Settled {
  readonly stored: number
  readonly errors: readonly unknown[]
}

async function settledOf(calls: Promise<unknown>[]): Promise<Settled> {
  const results = await Promise.allSettled(calls)
  const mails = results.map((one) => {
    if (one.status === 'rejected') return 0
    return typeof one.value === 'object' && one.value !== null && 'queued' in one.value
      ? Number(one.value.queued)
      : 1
  })
  return {
    stored: mails.reduce((sum, n) => sum + n, 0),
    errors: results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : [])),
  }
}

interface Call {
  readonly to: string
  readonly stream: PassThrough
  readonly what: (typeof whats)[number]
}

function enqueue(mail: MailQueue<'default'>, tx: object, { to, stream, what }: Call): Promise<unknown>[] {
  const message = { from: 'shop@example.com', to, subject: 'Late', text: 'a mail' }
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(300_000, to) }]
  switch (what) {
    case 'a plain mail':
      return [mail.enqueueIn(tx, message)]
    case 'a mail with a key':
      return [mail.enqueueIn(tx, message, { idempotencyKey: to })]
    case 'a mail with an attachment':
      return [mail.enqueueIn(tx, { ...message, attachments })]
    case 'a slow stream':
      return [mail.enqueueIn(tx, { ...message, attachments: [{ filename: 'a.bin', content: stream }] })]
    case 'many mails':
      return [
        mail.enqueueManyIn(
          tx,
          Array.from({ length: 30 }, () => ({ mail: { ...message, attachments } })),
          { chunk: 10 },
        ),
      ]
    case 'three calls side by side':
      return [1, 2, 3].map(() => mail.enqueueIn(tx, message))
  }
}

async function warmUp(mail: MailQueue<'default'>, app: AppDatabase): Promise<void> {
  await app.begin()
  await mail.enqueueIn(app.tx, {
    from: 'shop@example.com',
    to: 'warm@example.com',
    subject: 'Warm',
    text: 'up',
  })
  await app.rollback()
}

/** The connection goes back to its pool, and on. */
async function nextUser(
  app: AppDatabase,
  stranger: (typeof strangers)[number],
  meanwhile: () => Promise<void>,
): Promise<void> {
  if (stranger === 'nobody') return meanwhile()
  await app.begin()
  await app.order(`stranger-${performance.now()}`)
  await meanwhile()
  await (stranger === 'one that commits' ? app.commit() : app.rollback())
}
