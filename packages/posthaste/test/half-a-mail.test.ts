import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { counted } from './support/counted-handle.ts'
import { describeEachDatabase } from './support/databases.ts'
import { type SmtpServer, startSmtp } from './support/smtp.ts'

class Injected extends Error {}

const attachment = { filename: 'a.bin', content: Buffer.alloc(600_000, 'posthaste ') }

describeEachDatabase('half a mail', (kind, fresh) => {
  let smtp: SmtpServer
  let mail: MailQueue<'default'>
  let app: AppDatabase

  beforeAll(async () => {
    const { url } = await fresh()
    smtp = await startSmtp()
    mail = createMailQueue({ database: url, transports: { default: smtp.url } })
    await mail.migrate()
    await mail.stats()
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
    await smtp.close()
  })

  const enqueues: Record<string, (tx: object, to: string) => Promise<unknown>> = {
    'a plain mail': (tx, to) => mail.enqueueIn(tx, message(to)),
    'a tagged mail for many': (tx, to) =>
      mail.enqueueIn(tx, { ...message(to), cc: ['b@example.com', 'c@example.com'] }, { tags: ['x', 'y'] }),
    'a mail with an attachment': (tx, to) =>
      mail.enqueueIn(tx, { ...message(to), attachments: [attachment] }),
    'a mail with a stream': (tx, to) =>
      mail.enqueueIn(tx, { ...message(to), attachments: [{ content: Readable.from([attachment.content]) }] }),
    'a mail with a key': (tx, to) => mail.enqueueIn(tx, message(to), { idempotencyKey: to }),
    'three mails at once': (tx, to) =>
      mail.enqueueManyIn(
        tx,
        [1, 2, 3].map(() => ({ mail: { ...message(to), attachments: [attachment] } })),
      ),
    'a prepared mail': async (tx, to) =>
      mail.enqueueIn(tx, await mail.prepare({ ...message(to), attachments: [attachment] })),
  }

  describe.each(Object.keys(enqueues))('%s', (name) => {
    const enqueue = enqueues[name] ?? fail

    test('of which any statement fails, and whose error is swallowed, leaves nothing to claim', async () => {
      let failures = 0
      for (let at = 1; ; at++) {
        const to = `${name.replaceAll(' ', '-')}-${at}@example.com`
        await app.begin()
        await app.order(to)
        const failing = counted(app.tx, (n) => {
          if (n === at) throw new Injected(`statement ${at}`)
        })
        const outcome = await enqueue(failing, to).then(
          () => 'stored',
          (error: unknown) => error,
        )
        await app.commit()
        expect(await app.orders()).toContain(to)
        if (outcome === 'stored') break
        failures++
        expect(outcome, `statement ${at}`).toBeInstanceOf(Injected)
        expect(await mail.find({ to }), `statement ${at}`).toMatchObject({ items: [] })
        expect(await mail.deliverDue(), `statement ${at}`).toMatchObject({ sent: 0, failed: 0, deferred: 0 })
      }
      expect(failures).toBeGreaterThan(0)
      expect((await mail.deliverDue()).sent).toBe(name.startsWith('three') ? 3 : 1)
    })

    test('whose answer to any statement is lost is delivered whole or not at all', async () => {
      for (let at = 1; ; at++) {
        const to = `lost-${name.replaceAll(' ', '-')}-${at}@example.com`
        await app.begin()
        let isLost = false
        const losing = counted(app.tx, (n) => {
          if (n === at + 1) {
            isLost = true
            throw new Injected(`after statement ${at}`)
          }
        })
        await enqueue(losing, to).catch(() => {})
        await app.commit()
        const before = smtp.received.length
        await mail.deliverDue()
        const mails = smtp.received.slice(before)
        expect([0, name.startsWith('three') ? 3 : 1]).toContain(mails.length)
        expect((await mail.find({ to, state: 'failed' })).items).toEqual([])
        if (!isLost) break
      }
    })
  })

  test('many mails may be enqueued side by side', async () => {
    await app.begin()
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        n % 3 === 0
          ? mail.enqueueIn(app.tx, {
              ...message(`side-${n}@example.com`),
              attachments: [{ content: Readable.from([attachment.content]) }],
            })
          : mail.enqueueIn(
              app.tx,
              message(`side-${n}@example.com`),
              n % 3 === 1 ? { idempotencyKey: `side-${n}` } : {},
            ),
      ),
    )
    await app.commit()
    expect(new Set(all.map(({ id }) => id)).size).toBe(40)
    expect(await mail.deliverDue()).toMatchObject({ sent: 40 })
  })

  test('only the mail of a savepoint that was rolled back is gone', async () => {
    await app.begin()
    await mail.enqueueIn(app.tx, message('before@example.com'))
    await app.run('savepoint app')
    await mail.enqueueIn(app.tx, message('inside@example.com'))
    await mail.enqueueIn(app.tx, { ...message('inside-large@example.com'), attachments: [attachment] })
    await app.run('rollback to savepoint app')
    await mail.enqueueIn(app.tx, message('after@example.com'))
    await app.commit()
    const before = smtp.received.length
    await mail.deliverDue()
    expect(
      smtp.received
        .slice(before)
        .map(({ to }) => to[0])
        .sort(),
    ).toEqual(['after@example.com', 'before@example.com'])
  })
})

function message(to: string) {
  return { from: 'shop@example.com', to, subject: 'Half', text: 'a mail' }
}

function fail(): never {
  throw new Error('no such enqueue')
}
