import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { type AppDatabase, openApp, openBetterSqliteApp } from '../support/app-database.ts'
import { describeDatabase } from '../support/databases.ts'
import { type SmtpServer, startSmtp } from '../support/smtp.ts'
import { librariesOn } from './libraries.ts'
import { type Library, Undo, undone } from './library.ts'

const subject = 'Ünïcode ✉ 🎉'

// One database for all libraries: making and dropping one costs more than the tests of a library.
for (const kind of ['postgres', 'mariadb', 'sqlite'] as const)
  describeDatabase(kind, 'transactions', (_, fresh) => {
    let smtp: SmtpServer
    let mail: MailQueue<'default'>
    let second: MailQueue<'default'>
    let app: AppDatabase
    let url: string

    beforeAll(async () => {
      url = (await fresh()).url
      smtp = await startSmtp()
      const transports = { default: smtp.url }
      mail = createMailQueue({ database: url, transports })
      second = createMailQueue({ database: url, transports, schema: 'second', prefix: 'second_' })
      await mail.migrate()
      await second.migrate()
      app = await (kind === 'sqlite' ? openBetterSqliteApp(url) : openApp(kind, url))
    })

    afterAll(async () => {
      await app.close()
      await Promise.all([mail.close(), second.close()])
      await smtp.close()
    })

    describe.each(librariesOn(kind))('a transaction of $name', ({ name, connect }) => {
      let library: Library

      beforeAll(async () => {
        library = await connect(url)
      })

      afterAll(() => library.close())

      async function delivered(): Promise<string[]> {
        const before = smtp.received.length
        await mail.deliverDue()
        await second.deliverDue()
        return smtp.received
          .slice(before)
          .flatMap(({ to }) => to)
          .sort()
      }

      test('that commits stores its mail with its data, and it is delivered', async () => {
        const { id } = await library.transaction(async (tx) => {
          await library.run(tx, `insert into app_order values ('${name} committed')`)
          return mail.enqueueIn(tx, letter('committed'))
        })
        expect(await mail.get(id)).toMatchObject({ state: 'queued', subject })
        expect(await delivered()).toEqual(['committed@example.com'])
        expect(await app.orders()).toContain(`${name} committed`)
        expect((await smtp.received.at(-1)?.parsed())?.subject).toBe(subject)
      })

      test('that rolls back leaves no trace', async () => {
        await undone(
          library.transaction(async (tx) => {
            await library.run(tx, `insert into app_order values ('${name} undone')`)
            await mail.enqueueIn(tx, letter('undone'), { tags: ['undone'], idempotencyKey: 'undone' })
            await mail.enqueueManyIn(tx, [{ mail: letter('undone'), tags: ['undone'] }])
            throw new Undo()
          }),
        )
        expect(await delivered()).toEqual([])
        expect(await app.orders()).not.toContain(`${name} undone`)
        expect((await mail.find({ tag: 'undone' })).items).toEqual([])
      })

      test('whose savepoint is rolled back loses only the mail of that', async () => {
        await library.transaction(async (tx) => {
          await mail.enqueueIn(tx, letter('before'))
          await library.run(tx, 'savepoint app')
          await mail.enqueueIn(tx, letter('inside'))
          await library.run(tx, 'rollback to savepoint app')
          await mail.enqueueIn(tx, letter('after'))
        })
        expect(await delivered()).toEqual(['after@example.com', 'before@example.com'])
      })

      test('takes many mails, large ones, and those of two queues', async () => {
        const attachments = [{ filename: 'a.bin', content: Buffer.alloc(5_000_000, 'ä\0ß') }]
        const prepared = await mail.prepare({ ...letter('large'), attachments })
        await library.transaction(async (tx) => {
          await mail.enqueueIn(tx, prepared)
          await mail.enqueueManyIn(
            tx,
            Array.from({ length: 30 }, () => ({ mail: letter('many') })),
            { chunk: 20 },
          )
          await second.enqueueIn(tx, letter('second'))
          await Promise.all([mail.enqueueIn(tx, letter('side')), mail.enqueueIn(tx, letter('side'))])
        })
        const to = await delivered()
        expect(to).toHaveLength(34)
        expect(new Set(to)).toEqual(
          new Set(['large', 'many', 'second', 'side'].map((one) => `${one}@example.com`)),
        )
        const parsed = await smtp.received.find(({ to: [one] }) => one === 'large@example.com')?.parsed()
        expect(
          Buffer.from(parsed?.attachments[0]?.content as ArrayBuffer).equals(
            attachments[0]?.content ?? Buffer.alloc(0),
          ),
        ).toBe(true)
      }, 60_000)

      test('goes on after a key that another mail has, and after bad input', async () => {
        const first = await mail.enqueue(letter('key'), { idempotencyKey: name })
        await library.transaction(async (tx) => {
          await expect(mail.enqueueIn(tx, letter('other'), { idempotencyKey: name })).rejects.toMatchObject({
            code: 'PH_IDEMPOTENCY_CONFLICT',
          })
          expect(await mail.enqueueIn(tx, letter('key'), { idempotencyKey: name })).toMatchObject({
            id: first.id,
            status: 'duplicate',
          })
          await expect(mail.enqueueIn(tx, { ...letter('x'), to: 'nobody' })).rejects.toMatchObject({
            code: 'PH_ADDRESS_INVALID',
          })
          await library.run(tx, `insert into app_order values ('${name} went on')`)
        })
        expect(await app.orders()).toContain(`${name} went on`)
        expect(await delivered()).toEqual(['key@example.com'])
      })

      test('is needed: what stands outside of one is refused, and so is one that has ended', async () => {
        await expect(mail.enqueueIn(library.outside ?? {}, letter('outside'))).rejects.toMatchObject({
          code: expect.stringMatching(/^PH_(POOL_AS|NO)_TRANSACTION$/),
        })
        let ended: object = {}
        await library.transaction(async (tx) => {
          ended = tx
          await library.run(tx, 'select 1')
        })
        await expect(mail.enqueueIn(ended, letter('ended'))).rejects.toMatchObject({
          code: expect.stringMatching(/^PH_(TRANSACTION_ENDED|NO_TRANSACTION|DATABASE_UNREACHABLE)$/),
        })
        expect(await delivered()).toEqual([])
      })

      test('that is rolled back before a forgotten enqueue is done delivers nothing', async () => {
        const forgotten: Promise<unknown>[] = []
        await undone(
          library.transaction(async (tx) => {
            await library.run(tx, 'select 1')
            forgotten.push(
              mail.enqueueIn(tx, letter('forgotten')),
              mail.enqueueIn(tx, letter('forgotten'), { idempotencyKey: 'f' }),
            )
            for (const one of forgotten) one.catch(() => {})
            throw new Undo()
          }),
        )
        await library.transaction(async (tx) => {
          await library.run(tx, 'select 1')
          if (!library.losesLate) await Promise.allSettled(forgotten)
        })
        expect(await delivered()).toEqual([])
      })
    })
  })

function letter(name: string) {
  return { from: 'shop@example.com', to: `${name}@example.com`, subject, text: 'Grüße 🎉' }
}
