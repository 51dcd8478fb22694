import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { describeEachDatabase, engineOf } from './support/databases.ts'
import { until } from './support/wait.ts'

describeEachDatabase('transactions side by side', (kind, fresh) => {
  let url: string
  let mail: MailQueue<'default'>
  let app: AppDatabase
  let other: AppDatabase

  beforeAll(async () => {
    url = (await fresh()).url
    mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    app = await openApp(kind, url)
    other = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await other.close()
    await mail.close()
  })

  test.skipIf(kind === 'sqlite')(
    'a concurrent holder makes us wait: its commit makes ours a duplicate, its rollback lets us through',
    async () => {
      for (const ending of ['commit', 'rollback'] as const) {
        await readCommitted(app)
        await readCommitted(other)
        await app.begin()
        const first = await mail.enqueueIn(app.tx, message('race'), { idempotencyKey: `race ${ending}` })
        await other.begin()
        let settled = false
        const second = mail
          .enqueueIn(other.tx, message('race'), { idempotencyKey: `race ${ending}` })
          .finally(() => {
            settled = true
          })
        await until(async () => (await waiting()) > 0, { what: 'the second waits for the first' })
        expect(settled).toBe(false)
        await app[ending]()
        expect(await second).toMatchObject(
          ending === 'commit' ? { id: first.id, status: 'duplicate' } : { status: 'queued' },
        )
        await other.commit()
      }
    },
  )

  test.runIf(kind === 'postgres').each(['repeatable read', 'serializable'])(
    'at %s a key that another took meanwhile asks for the transaction again',
    async (level) => {
      await app.run(`begin isolation level ${level}`)
      await app.orders()
      await mail.enqueue(message('strict'), { idempotencyKey: level })
      await expect(
        mail.enqueueIn(app.tx, message('strict'), { idempotencyKey: level }),
      ).rejects.toMatchObject({ code: 'PH_SERIALIZATION' })
      await app.rollback()
      await app.run(`begin isolation level ${level}`)
      expect(await mail.enqueueIn(app.tx, message('strict'), { idempotencyKey: level })).toMatchObject({
        status: 'duplicate',
      })
      await app.commit()
    },
  )

  test.runIf(engineOf(kind) === 'mysql').each(kind === 'mariadb' ? [0, 1] : [undefined])(
    'at REPEATABLE READ, with innodb_snapshot_isolation = %s, it is a duplicate or asks for the transaction again',
    async (isolation) => {
      // MySQL has no such setting, and behaves as MariaDB without it.
      if (kind === 'mariadb') await app.run(`set session innodb_snapshot_isolation = ${isolation}`)
      await app.run('set session transaction isolation level repeatable read')
      await app.begin()
      await app.orders()
      await app.run(`select * from ${table('idempotency')}`)
      await mail.enqueue(message('strict'), { idempotencyKey: `strict ${isolation}` })
      const second = mail.enqueueIn(app.tx, message('strict'), { idempotencyKey: `strict ${isolation}` })
      if (isolation === 1) await expect(second).rejects.toMatchObject({ code: 'PH_SERIALIZATION' })
      else expect(await second).toMatchObject({ status: 'duplicate' })
      await app.rollback()
      if (kind === 'mariadb') await app.run('set session innodb_snapshot_isolation = 0')
    },
  )

  test.skipIf(kind === 'sqlite')(
    'transactions side by side do not wait for each other, at the default level of the database',
    async () => {
      await app.run(
        engineOf(kind) === 'mysql' ? 'set session transaction isolation level repeatable read' : 'select 1',
      )
      await other.run(
        engineOf(kind) === 'mysql'
          ? ('set session transaction isolation level repeatable read, innodb_lock_wait_timeout = 2'.split(
              ',',
            )[0] ?? '')
          : 'select 1',
      )
      const attachments = [{ filename: 'same.bin', content: Buffer.alloc(400_000, 'same') }]
      await app.begin()
      await other.begin()
      for (let n = 0; n < 5; n++) {
        await mail.enqueueIn(
          app.tx,
          { ...message(`a${n}`), attachments },
          { idempotencyKey: `a${n}`, tags: ['t'] },
        )
        await mail.enqueueIn(
          other.tx,
          { ...message(`b${n}`), attachments },
          { idempotencyKey: `b${n}`, tags: ['t'] },
        )
        await mail.enqueueManyIn(app.tx, [{ mail: message('many') }, { mail: message('many') }])
        await mail.enqueueManyIn(other.tx, [{ mail: message('many') }, { mail: message('many') }])
        await mail.enqueue({ ...message('alone'), attachments })
      }
      await app.commit()
      await other.commit()
      expect((await mail.find({ tag: 't' })).items).toHaveLength(10)
    },
  )

  const table = (name: string) => (kind === 'postgres' ? `posthaste.${name}` : `posthaste_${name}`)
  const readCommitted = (one: AppDatabase) =>
    one.run(
      engineOf(kind) === 'mysql'
        ? 'set session transaction isolation level read committed'
        : 'set default_transaction_isolation to "read committed"',
    )

  async function waiting(): Promise<number> {
    const [row] = await (await watcher()).run(
      kind === 'postgres'
        ? "select count(*) as n from pg_locks where not granted and locktype = 'transactionid'"
        : "show global status like 'innodb_row_lock_current_waits'",
    )
    return Number(row?.n ?? row?.Value)
  }

  let watching: AppDatabase | undefined
  async function watcher(): Promise<AppDatabase> {
    watching ??= await openApp(kind, url)
    return watching
  }
  afterAll(() => watching?.close())
})

function message(text: string) {
  return { from: 'shop@example.com', to: 'ada@example.com', subject: 'Key', text }
}
