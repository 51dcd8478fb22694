import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { type AppDatabase, openApp } from '../support/app-database.ts'
import { endConnections, otherConnections } from '../support/databases/connections.ts'
import { type DatabaseKind, describeEachDatabase, engineOf } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { answer } from '../support/smtp/answers.ts'
import { type SmtpServer, startSmtp } from '../support/smtp.ts'
import { until } from '../support/wait.ts'

describeEachDatabase('what django-mailer leaves to the database', (kind, fresh) => {
  let smtp: SmtpServer
  let url: string
  let mail: MailQueue
  let app: AppDatabase

  beforeAll(async () => {
    url = (await fresh()).url
    smtp = await startSmtp()
    mail = queue()
    await mail.migrate()
    app = await openApp(kind, url)
  })

  beforeEach(() => {
    smtp.received.length = 0
    delete smtp.options.reply
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
    await smtp.close()
  })

  function queue(): MailQueue {
    return createMailQueue({ database: url, transports: { default: smtp.url } }) as MailQueue
  }

  /** Our own connections were cut too: the first that is used again may say so. */
  function sent(id: string) {
    return until(async () => {
      const found = await mail.get(id)
      return found?.state === 'sent' ? found : undefined
    })
  }

  test('The outbox promise: mail of a transaction that was rolled back never existed, that of a committed one is delivered', async () => {
    await app.begin()
    const undone = await mail.enqueueIn(app.tx, letter('undone@example.com'))
    await app.rollback()
    await app.begin()
    await mail.enqueueIn(app.tx, letter('kept@example.com'))
    await app.commit()
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
    expect(smtp.received.map(({ to }) => to[0])).toEqual(['kept@example.com'])
    expect(await mail.get(undone.id)).toBeUndefined()
  })

  test('W25: several cron jobs at once share the queue, and every mail is delivered once', async () => {
    const items = Array.from({ length: 60 }, (_, n) => ({ mail: letter(`c${n}@example.com`) }))
    await mail.enqueueMany(items)
    const queues = [queue(), queue(), queue()]
    const counts = await Promise.all(queues.map((one) => one.deliverDue({ concurrency: 4 })))
    expect(counts.reduce((sum, { sent }) => sum + sent, 0)).toBe(60)
    expect(smtp.received).toHaveLength(60)
    expect(new Set(smtp.received.map(({ to }) => to[0])).size).toBe(60)
    await Promise.all(queues.map((one) => one.close()))
  })

  test('W22: a mail that one worker has just deferred is not tried again by another that was looking for work', async () => {
    smtp.options.reply = answer('RCPT', '450 4.2.1 later')
    const items = Array.from({ length: 20 }, (_, n) => ({
      mail: letter(`w22-${n}@example.com`),
      tags: ['w22'],
    }))
    await mail.enqueueMany(items)
    const queues = [queue(), queue()]
    const counts = await Promise.all(queues.map((one) => one.deliverDue({ concurrency: 3 })))
    expect(counts.reduce((sum, { deferred }) => sum + deferred, 0)).toBe(20)
    const { items: records } = await mail.find({ tag: 'w22' })
    expect(records.map(({ attempts }) => attempts)).toEqual(Array(20).fill(1))
    await Promise.all(queues.map((one) => one.close()))
  })

  test('W5: no transaction is open while a mail is handed over', async () => {
    const { reached, letGo } = holdAtTheDot(smtp)
    const { id } = await mail.enqueue(letter('ada@example.com'))
    const pass = mail.deliverDue()
    await reached
    expect(await openTransactions(kind, app)).toBe(0)
    await app.begin()
    await app.order('while it is handed over')
    await app.commit()
    letGo()
    expect(await pass).toMatchObject({ sent: 1 })
    expect(await mail.get(id)).toMatchObject({ state: 'sent' })
  })

  test('W4: a database that fails between acceptance and settlement is waited for: the mail is settled, and sent once', async () => {
    const { reached, letGo } = holdAtTheDot(smtp)
    await using worker = mail.worker()
    await worker.start()
    const { id } = await mail.enqueue(letter('ada@example.com'))
    await reached
    const mend = await breakDatabase(kind, app)
    letGo()
    await smtp.mails(1)
    await mend()
    expect(await sent(id)).toMatchObject({ unknowns: 0 })
    expect(smtp.received).toHaveLength(1)
  })

  test('W8: a worker whose connections were cut goes on with new ones, its notifications too', async () => {
    await using worker = mail.worker({ pollInterval: '1s' })
    await worker.start()
    for (const to of ['first@example.com', 'second@example.com']) {
      await (await breakDatabase(kind, app))()
      const { id } = await until(() => mail.enqueue(letter(to)))
      await sent(id)
    }
    expect(smtp.received).toHaveLength(2)
  })

  test('W24: an attachment larger than one packet of the database arrives whole', async () => {
    const content = Buffer.alloc(engineOf(kind) === 'mysql' ? 17_000_000 : 3_000_000, 'posthaste ')
    await mail.enqueue(letter('ada@example.com', { attachments: [{ filename: 'a.bin', content }] }))
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
    const [attachment] = (await smtp.received[0]?.parsed())?.attachments ?? []
    expect(Buffer.from(attachment?.content as ArrayBuffer).equals(content)).toBe(true)
  })
})

/** Keeps the answer to the final dot back, until it is let go. */
function holdAtTheDot(smtp: SmtpServer) {
  const reached = Promise.withResolvers<void>()
  const free = Promise.withResolvers<undefined>()
  smtp.options.reply = ({ step }) => {
    if (step !== 'dot') return undefined
    reached.resolve()
    return free.promise
  }
  return { reached: reached.promise, letGo: () => free.resolve(undefined) }
}

async function openTransactions(kind: DatabaseKind, { run }: AppDatabase): Promise<number> {
  // On SQLite one writer keeps out every other: if this one may begin, none is open.
  if (kind === 'sqlite') return 0
  const open = {
    postgres: "select pid as id from pg_stat_activity where state like 'idle in transaction%'",
    mysql: 'select trx_mysql_thread_id as id from information_schema.innodb_trx',
  }[kind === 'postgres' ? 'postgres' : 'mysql']
  const inTransaction = new Set((await run(open)).map(({ id }) => Number(id)))
  return (await otherConnections(kind, run)).filter(({ id }) => inTransaction.has(id)).length
}

/** Cuts every connection but the app's; on SQLite locks everybody else out. What it gives ends that. */
async function breakDatabase(kind: DatabaseKind, app: AppDatabase): Promise<() => Promise<void>> {
  if (kind === 'sqlite') {
    await app.begin()
    return () => app.commit()
  }
  await endConnections(kind, app.run)
  return async () => {}
}
