import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import nodemailer from 'nodemailer'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { databaseKinds, describeDatabase } from './support/databases.ts'

for (const kind of databaseKinds)
  describeDatabase(kind, 'work within a transaction', (_, fresh) => {
    const metaTable = kind === 'postgres' ? 'posthaste.meta' : 'posthaste_meta'
    const carried = new AsyncLocalStorage<object>()
    let mail: MailQueue<'default'>
    let app: AppDatabase

    beforeEach(async () => {
      const { url } = await fresh()
      mail = createMailQueue({
        database: url,
        delivery: 'capture',
        ambientTransaction: () => carried.getStore(),
      })
      await mail.migrate()
      app = await openApp(kind, url)
    })

    afterEach(async () => {
      await app.close()
      await mail.close()
    })

    /** Somebody else's library: it knows a transporter and no transaction. */
    async function signUp(name: string): Promise<void> {
      await setImmediate()
      await nodemailer.createTransport(mail.transport()).sendMail(letter(name))
    }

    async function stored(): Promise<string[]> {
      const { items } = await mail.find({ state: 'queued' })
      return items.map(({ subject }) => subject).sort()
    }

    test('has its deep sendMail commit and roll back with it', async () => {
      await app.begin()
      await mail.within(app.tx, () => signUp('undone'))
      await app.rollback()
      expect(await stored()).toEqual([])
      await app.begin()
      expect(await mail.within(app.tx, () => signUp('kept').then(() => 'value'))).toBe('value')
      expect(await stored()).toEqual([])
      await app.commit()
      expect(await stored()).toEqual(['kept'])
    })

    test('has many mails join it, and hands on what the work throws', async () => {
      await app.begin()
      const failing = mail.within(app.tx, async () => {
        await mail.enqueueMany([{ mail: letter('one') }, { mail: letter('two') }])
        throw new RangeError('of the app')
      })
      await expect(failing).rejects.toThrow(RangeError)
      await app.rollback()
      expect(await stored()).toEqual([])
    })

    test('nests: the outer one goes on when the inner one is over', async () => {
      await app.begin()
      await mail.within(app.tx, async () => {
        await mail.within(app.tx, () => signUp('inner'))
        await signUp('outer')
      })
      await app.rollback()
      expect(await stored()).toEqual([])
    })

    test('is left by what runs outside', async () => {
      await app.begin()
      const left: Promise<void>[] = []
      await mail.within(app.tx, async () => {
        left.push(mail.outside(() => signUp('outside')))
        await signUp('inside')
      })
      await app.rollback()
      await Promise.all(left)
      expect(await stored()).toEqual(['outside'])
    })

    test('is over for what outlives it, even where the connection is in its next transaction', async () => {
      const { promise: gate, resolve: open } = Promise.withResolvers<void>()
      const late: Promise<unknown>[] = []
      await app.begin()
      await mail.within(app.tx, () => {
        late.push(
          gate.then(() => signUp('late')),
          gate.then(() => mail.enqueue(letter('late'))),
          gate.then(() => mail.enqueueMany([{ mail: letter('late') }])),
        )
      })
      await app.commit()
      await app.begin()
      open()
      const outcomes = await Promise.allSettled(late)
      await app.commit()
      expect(outcomes.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(
        Array(3).fill('PH_TRANSACTION_ENDED'),
      )
      expect(await stored()).toEqual([])
    })

    test('which nobody awaits is never joined to what the connection does next', async () => {
      for (const ending of ['commit', 'rollback'] as const) {
        const { promise: gate, resolve: open } = Promise.withResolvers<void>()
        await app.begin()
        const forgotten = mail.within(app.tx, async () => {
          await gate
          return Promise.allSettled([
            mail.enqueue(letter('late')),
            signUp('late'),
            mail.enqueue({ ...letter('late'), attachments: [{ content: Buffer.alloc(300_000) }] }),
            mail.enqueueMany([{ mail: letter('late') }]),
          ])
        })
        forgotten.catch(() => {})
        await app.order(`within ${ending}`)
        await app[ending]()
        await app.begin()
        await app.order(`stranger ${ending}`)
        open()
        const outcomes = await forgotten.catch((error: unknown) => [{ status: 'rejected', reason: error }])
        await app.commit()
        for (const one of outcomes)
          expect(one).toMatchObject({ status: 'rejected', reason: { code: 'PH_TRANSACTION_ENDED' } })
        expect(await app.orders()).toContain(`stranger ${ending}`)
        expect(await stored()).toEqual([])
        expect((await mail.deliverDue()).sent).toBe(0)
      }
    })

    test('which is awaited stores its mail, and leaves nothing else', async () => {
      await app.begin()
      await mail.within(app.tx, async () => {
        await setImmediate()
        await mail.enqueue(letter('awaited'))
        await Promise.all([mail.enqueue(letter('side')), mail.enqueueMany([{ mail: letter('many') }])])
      })
      await app.commit()
      expect(await stored()).toEqual(['awaited', 'many', 'side'])
      expect(await app.run(`select name from ${metaTable} where name like 'hold%'`)).toEqual([])
    })

    test('does not begin where no open transaction is passed', async () => {
      const called: string[] = []
      const work = () => void called.push('work')
      await expect(mail.within({}, work)).rejects.toMatchObject({ code: 'PH_TRANSACTION_HANDLE' })
      await expect(mail.within(new pg.Pool() as object, work)).rejects.toMatchObject({
        code: 'PH_POOL_AS_TRANSACTION',
      })
      if (kind !== 'mariadb')
        await expect(mail.within(app.tx, work)).rejects.toMatchObject({ code: 'PH_NO_TRANSACTION' })
      expect(called).toEqual([])
    })

    test("is not needed where the app's own AsyncLocalStorage carries the transaction", async () => {
      await app.begin()
      const left = await carried.run(app.tx, async () => {
        await signUp('carried')
        return [mail.outside(() => signUp('outside'))]
      })
      await app.rollback()
      await Promise.all(left)
      expect(await stored()).toEqual(['outside'])
      await app.begin()
      await carried.run(app.tx, () => signUp('carried'))
      await app.commit()
      await signUp('alone')
      expect(await stored()).toEqual(['alone', 'carried', 'outside'])
    })
  })

describeDatabase('postgres', 'work within two transactions', (_, fresh) => {
  test('joins the nearest', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    const outer = await openApp('postgres', url)
    const inner = await openApp('postgres', url)
    await Promise.all([outer.begin(), inner.begin()])
    await mail.within(outer.tx, async () => {
      await mail.within(inner.tx, () => mail.enqueue(letter('inner')))
      await mail.enqueue(letter('outer'))
    })
    await Promise.all([inner.rollback(), outer.commit()])
    expect((await mail.find({ state: 'queued' })).items.map(({ subject }) => subject)).toEqual(['outer'])
    await Promise.all([inner.close(), outer.close()])
  })
})

describeDatabase('sqlite', "work within a synchronous transaction's callback", (_, fresh) => {
  test('stores what it enqueues at once, and refuses what comes when the callback has returned', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    const transporter = nodemailer.createTransport(mail.transport())
    // Loaded here, for the tests above open their file with node:sqlite.
    const { default: BetterSqlite } = await import('better-sqlite3')
    const db = new BetterSqlite(url.slice('sqlite:'.length))
    const begun: Promise<unknown>[] = []
    db.transaction(() => {
      begun.push(
        mail.within(db, () => mail.enqueue(letter('at once'))),
        // Without plugins and streams Nodemailer hands it over in the same turn.
        mail.within(db, () => transporter.sendMail(letter('sent at once'))),
        mail.within(db, async () => {
          await setImmediate()
          return transporter.sendMail(letter('late'))
        }),
      )
    })()
    // A stranger's transaction on the same connection, which the late mail must not join.
    await Promise.resolve()
    db.exec('begin immediate')
    const [, , late] = await Promise.allSettled(begun)
    db.exec('commit')
    expect(late).toMatchObject({ status: 'rejected', reason: { code: 'PH_ASYNC_IN_SYNC' } })
    const { items } = await mail.find({ state: 'queued' })
    expect(items.map(({ subject }) => subject).sort()).toEqual(['at once', 'sent at once'])
    db.close()
  })
})

function letter(name: string) {
  return { from: 'shop@example.com', to: 'ada@example.com', subject: name, text: 'Hello' }
}
