import { once } from 'node:events'
import { mkdir, symlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import BetterSqlite from 'better-sqlite3'
import knexOf from 'knex'
import { expect, onTestFinished, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { watchForMail } from '../src/worker/wakeup.ts'
import type { WorkerTools } from '../src/worker/worker-options.ts'
import { describeDatabase, freshDatabase } from './support/databases.ts'
import { letter, openLine } from './support/line.ts'
import { workerProcess } from './support/processes.ts'
import { startSmtp } from './support/smtp.ts'
import { until } from './support/wait.ts'

const fileIn = (url: string) => url.slice('sqlite:'.length)

/** As a connection made now finds it: one that is open tells what it has found before. */
function modeOf(url: string): unknown {
  const database = new BetterSqlite(fileIn(url))
  try {
    return database.pragma('journal_mode', { simple: true })
  } finally {
    database.close()
  }
}

/** One process must not open a file with two copies of SQLite: Knex has this one. */
function appOn(url: string, mode?: 'wal' | 'delete'): BetterSqlite.Database {
  const app = new BetterSqlite(fileIn(url))
  if (mode) app.exec(`pragma journal_mode = ${mode}; create table app_order (id text primary key)`)
  return app
}

async function freshUrl(): Promise<string> {
  const { url, drop } = await freshDatabase('sqlite')
  onTestFinished(() => drop())
  return url
}

/** A letter with an attachment for which SQLite needs more memory than it keeps, so that the transaction locks readers out. */
const large = (to: string) =>
  letter(to, { attachments: [{ filename: 'plan.pdf', content: Readable.from([Buffer.alloc(5_000_000)]) }] })

describeDatabase('sqlite', 'a file in the journal mode', () => {
  for (const mode of ['wal', 'delete'] as const) {
    test(`${mode} keeps it, while an app queues, rolls back, and a process of its own delivers`, async () => {
      const url = await freshUrl()
      const app = appOn(url, mode)
      const smtp = await startSmtp()
      onTestFinished(() => smtp.close())
      const worker = await workerProcess({ database: url, transports: { default: smtp.url } })
      await using mail = createMailQueue({ database: url, transports: { default: smtp.url } })
      for (let n = 0; n < 20; n++) {
        app.exec('begin immediate')
        app.prepare('insert into app_order values (?)').run(`${n}@example.com`)
        await mail.enqueueIn(app, letter(`${n}@example.com`))
        app.exec(n % 2 === 0 ? 'commit' : 'rollback')
      }
      await until(async () => (await mail.count({ state: 'sent' })) === 10)
      worker.process.kill('SIGTERM')
      expect(await worker.ended).toBe(0)
      const ordered = app.prepare('select id from app_order').pluck().all()
      expect(smtp.received.flatMap(({ to }) => to).sort()).toEqual(ordered.sort())
      expect(await mail.count({ all: true })).toBe(10)
      app.close()
      expect(modeOf(url)).toBe(mode)
    }, 60_000)

    test(`${mode} takes large mail in a transaction, however much it has written before`, async () => {
      const url = await freshUrl()
      const app = appOn(url, mode)
      await using line = await openLine(url)
      app.exec('begin exclusive')
      await line.mail.enqueueIn(app, large('ada@example.com'))
      await line.mail.enqueueIn(app, large('eve@example.com'))
      app.exec('commit')
      expect(await line.mail.deliverDue()).toMatchObject({ sent: 2 })
      app.close()
    }, 60_000)

    test(`${mode} takes large mail of a library that answers later, beside an enqueue of the queue's own`, async () => {
      const url = await freshUrl()
      const app = appOn(url, mode)
      const knex = knexOf({ client: 'better-sqlite3', connection: fileIn(url), useNullAsDefault: true })
      await using line = await openLine(url)
      await line.mail.enqueue(letter('connected@example.com'))
      let beside: Promise<unknown> | undefined
      await knex.transaction(async (trx) => {
        await trx('app_order').insert({ id: 'ada' })
        beside = line.mail.enqueue(letter('bob@example.com'))
        await line.mail.enqueueIn(trx, large('ada@example.com'))
      })
      await beside
      expect(await line.mail.deliverDue()).toMatchObject({ sent: 3 })
      await knex.destroy()
      app.close()
    }, 60_000)

    test(`${mode} wakes a worker when another connection commits`, async () => {
      const url = await freshUrl()
      const app = appOn(url, mode)
      await using line = await openLine(url)
      const woken = new EventTarget()
      const { end } = await watchForMail({ connection: line.parts.connection } as WorkerTools, () =>
        woken.dispatchEvent(new Event('wake')),
      )
      const wake = once(woken, 'wake')
      app.exec("insert into app_order values ('ada')")
      await wake
      await end()
      app.close()
    })
  }
})

describeDatabase('sqlite', 'the queue', () => {
  test('asks for WAL where there is no table yet, and never again', async () => {
    const url = await freshUrl()
    await (await openLine(url))[Symbol.asyncDispose]()
    expect(modeOf(url)).toBe('wal')
    const app = appOn(url)
    app.exec('pragma journal_mode = delete')
    app.close()
    await using line = await openLine(url)
    await line.mail.enqueue(letter('ada@example.com'))
    expect(modeOf(url)).toBe('delete')
  })

  test('leaves the mode to an app that uses the file when it is opened first', async () => {
    const url = await freshUrl()
    const app = appOn(url)
    app.exec('begin immediate; create table app_order (id text primary key)')
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    const stored = mail.enqueue(letter('ada@example.com'))
    await mail.enqueueIn(app, letter('bob@example.com'))
    app.exec('commit')
    await stored
    expect(modeOf(url)).toBe('delete')
    expect(await mail.deliverDue()).toMatchObject({ sent: 2 })
    app.close()
  })

  test('follows an app that changes to WAL beside it, and its doctor tells of any other mode', async () => {
    const url = await freshUrl()
    const app = appOn(url, 'delete')
    await using line = await openLine(url)
    const said = async () => (await line.mail.diagnose()).filter(({ check }) => check === 'journal')
    const [finding] = await said()
    expect(finding).toMatchObject({ level: 'note', message: expect.stringContaining("'delete'") })
    expect(finding?.remedy).toContain('pragma journal_mode = wal')
    app.exec('pragma journal_mode = wal')
    await line.mail.enqueue(letter('ada@example.com'))
    expect(await said()).toEqual([])
    expect(() => app.exec('pragma journal_mode = delete')).toThrow('locked')
    app.close()
  })

  test('does without WAL on a file system that cannot share its memory', async () => {
    const url = await freshUrl()
    await symlink('/nowhere/at-all', `${fileIn(url)}-shm`)
    await using line = await openLine(url)
    await line.mail.enqueue(letter('ada@example.com'))
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
    expect(modeOf(url)).toBe('delete')
  })

  test('says by name that a file cannot be written', async () => {
    const url = await freshUrl()
    await (await openLine(url))[Symbol.asyncDispose]()
    // SQLite takes what it needs beside the file for read-only, as it does in a folder without the right to write.
    await mkdir(`${fileIn(url)}-shm`)
    await using mail = createMailQueue({ database: url, delivery: 'capture' })
    await expect(mail.enqueue(letter('ada@example.com'))).rejects.toMatchObject({
      code: 'PH_SQLITE_READ_ONLY',
      message: expect.stringContaining(fileIn(url)),
    })
  })
})
