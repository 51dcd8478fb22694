import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase } from './support/databases.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'

describeEachDatabase('the line', (kind, fresh) => {
  let smtp: SmtpServer
  let mail: MailQueue<'default'>
  let app: AppDatabase

  beforeAll(async () => {
    const { url } = await fresh()
    smtp = await startSmtp()
    mail = createMailQueue({ database: url, transports: { default: smtp.url } })
    await mail.migrate()
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
    await smtp.close()
  })

  test('mail of a committed transaction arrives, mail of one that was rolled back never existed', async () => {
    await app.begin()
    await app.order('kept')
    const kept = await mail.enqueueIn(app.tx, message('kept@example.com'))
    await app.commit()
    await app.begin()
    await app.order('undone')
    const undone = await mail.enqueueIn(app.tx, message('undone@example.com'))
    await app.rollback()

    expect(await mail.deliverDue()).toMatchObject({ sent: 1, deferred: 0, failed: 0 })
    expect(smtp.received.map(({ to }) => to)).toEqual([['kept@example.com']])
    expect(await app.orders()).toEqual(['kept'])
    expect(await mail.get(undone.id)).toBeUndefined()
    expect(await mail.get(kept.id)).toMatchObject({ state: 'sent', attempts: 1, messageId: kept.messageId })
    expect(await mail.attempts(kept.id)).toMatchObject([
      { attempt: 1, outcome: 'accepted', code: 250, transport: 'default' },
    ])
  })

  test('ready-made MIME from a stream is known by its own Message-ID and subject', async () => {
    const raw = 'Message-ID: <own@example.com>\r\nSubject: Made elsewhere\r\n\r\nHello\r\n'
    const envelope = { from: 'shop@example.com', to: ['ada@example.com'] }
    await app.begin()
    const inside = await mail.enqueueIn(app.tx, { raw: Readable.from([raw]), envelope })
    await app.commit()
    const alone = await mail.enqueue({ raw: Readable.from([raw]), envelope })
    for (const { id, messageId } of [inside, alone]) {
      expect(messageId).toBe('<own@example.com>')
      expect(await mail.get(id)).toMatchObject({ messageId: '<own@example.com>', subject: 'Made elsewhere' })
    }
    await mail.deliverDue()
  })

  test('a worker delivers what is enqueued while it runs', async () => {
    await using worker = mail.worker({ concurrency: 3 })
    await worker.start()
    const before = smtp.received.length
    const { id } = await mail.enqueue(message('soon@example.com'))
    await smtp.mails(before + 1)
    expect(await mail.settled(id)).toMatchObject({ state: 'sent' })
  })
})

function message(to: string) {
  return {
    from: 'shop@example.com',
    to,
    subject: 'Your order',
    text: 'It is on its way.',
    html: '<p>It is on its way.</p>',
  }
}
