import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { SystemClock } from '../../src/clock.ts'
import { readSettings } from '../../src/config/settings.ts'
import { createMailQueue, type MailQueue, type QueueConfig } from '../../src/index.ts'
import { Connection } from '../../src/queue/connection.ts'
import { MailQueue as Queue } from '../../src/queue/mail-queue.ts'
import {
  type DatabaseKind,
  describeDatabase,
  describeEachDatabase,
  freshDatabase,
} from '../support/databases.ts'
import { letter } from '../support/line.ts'

const to = 'ada@example.com'
const minute = 60_000

/** Of a host that is wrong, until the database's time is known. */
class OffClock extends SystemClock {
  #off: number

  constructor(off: number) {
    super()
    this.#off = off
  }

  override now(): number {
    return super.now() + this.#off
  }

  override synchronise(...[databaseNow, before, after]: Parameters<SystemClock['synchronise']>): void {
    this.#off = 0
    super.synchronise(databaseNow, before, after)
  }
}

function queueOff(config: QueueConfig, off: number): MailQueue {
  const read = readSettings({ delivery: 'capture', ...config })
  const clock = new OffClock(off)
  const settings = () => read
  const connection = new Connection(settings, clock)
  return new Queue(config, { settings, clock, connection, replaceTransports: () => {} })
}

async function migrated(fresh: () => Promise<{ url: string }>): Promise<{ url: string; right: MailQueue }> {
  const { url } = await fresh()
  const right = createMailQueue({ database: url, delivery: 'capture' })
  await right.migrate()
  return { url, right }
}

/** Every mail there is was made and is due now, and its header says so. */
async function expectDatedNow(right: MailQueue, count: number): Promise<void> {
  const { items } = await right.find({ all: true })
  expect(items).toHaveLength(count)
  for (const { id, createdAt, sendAt } of items) {
    const { headers } = await right.content(id)
    for (const time of [createdAt.getTime(), sendAt.getTime(), Date.parse(headers.date ?? '')])
      expect(Math.abs(time - Date.now())).toBeLessThan(2 * minute)
  }
  await right.deliverDue()
  expect(await right.count({ state: 'sent' })).toBe(count)
}

describeEachDatabase('B17: the first call of a process whose clock is off', (_, fresh) => {
  test.each([10 * minute, -10 * minute])(
    'B17: by %i ms: enqueue is dated by the database, and sent',
    async (off) => {
      const { url, right } = await migrated(fresh)
      await using _ = right
      await using mail = queueOff({ database: url }, off)
      await mail.enqueue(letter(to), { expiresIn: '5m' })
      await expectDatedNow(right, 1)
    },
  )

  test('B17: so is enqueueMany, and an instant that was given stays', async () => {
    const { url, right } = await migrated(fresh)
    await using _ = right
    await using mail = queueOff({ database: url }, 10 * minute)
    const sendAt = new Date(Date.now() + 60 * minute)
    await mail.enqueueMany([{ mail: letter(to) }, { mail: letter(to), sendAt }])
    const { items } = await right.find({ all: true })
    const times = items.map((one) => one.sendAt.getTime()).sort((a, b) => a - b)
    expect(times[1]).toBe(sendAt.getTime())
    expect(Math.abs((times[0] ?? 0) - Date.now())).toBeLessThan(2 * minute)
  })

  test('B17: so are prepare and toSQL', async () => {
    const { url, right } = await migrated(fresh)
    await using _ = right
    await using mail = queueOff({ database: url }, 10 * minute)
    const { statements } = await mail.toSQL(letter(to))
    expect(statements.length).toBeGreaterThan(0)
    await using second = queueOff({ database: url }, 10 * minute)
    await second.prepare(letter(to))
    await second.enqueue(letter(to))
    await expectDatedNow(right, 1)
  })
})

interface AppDatabase {
  /** What the queue is given. */
  readonly database: unknown
  transaction(work: (tx: object) => Promise<unknown>): Promise<void>
  end(): Promise<void>
}

/** The queue has connections of its own, or none but the app's, of which none is free. */
const apps: [string, (kind: DatabaseKind, url: string) => AppDatabase][] = [
  ['a queue of a URL', (kind, url) => ({ ...appOf(kind, url), database: url })],
  ['a queue of the app’s pool, of which no connection is free', (kind, url) => appOf(kind, url)],
]

const appOf = (kind: DatabaseKind, url: string) => (kind === 'postgres' ? pgApp(url) : mysqlApp(url))

const ways: [string, number, (mail: MailQueue, tx: object) => Promise<unknown>][] = [
  ['enqueueIn', 1, (mail, tx) => mail.enqueueIn(tx, letter(to), { expiresIn: '5m' })],
  ['enqueueIn with a stream', 1, (mail, tx) => mail.enqueueIn(tx, streamed(), { expiresIn: '5m' })],
  ['enqueueManyIn', 2, (mail, tx) => mail.enqueueManyIn(tx, [{ mail: letter(to) }, { mail: letter(to) }])],
  ['enqueue within', 1, (mail, tx) => mail.within(tx, () => mail.enqueue(letter(to), { expiresIn: '5m' }))],
]

for (const kind of ['postgres', 'mariadb', 'mysql'] as const)
  describeDatabase(kind, "B17: the first call is in the app's transaction", (_, fresh) => {
    describe.each(apps)('B17: %s', (_name, open) => {
      test.each(ways)('B17: %s', async (_title, count, call) => {
        for (const off of [10 * minute, -10 * minute]) {
          const { url, right } = await migrated(fresh)
          await using _ = right
          const app = open(kind, url)
          const mail = queueOff({ database: app.database as string }, off)
          await app.transaction((tx) => call(mail, tx))
          await expectDatedNow(right, count)
          await mail.close()
          await app.end()
        }
      })
    })
  })

/** SQLite's time is the host's: it may have been set right since the process began. */
test('B17: on SQLite the first mail is dated by what the host says then', async () => {
  const { url, right } = await migrated(() => freshDatabase('sqlite'))
  await using _ = right
  const { now } = Date
  Date.now = () => now() + 10 * minute
  const mail = createMailQueue({ database: url })
  Date.now = now
  using tx = new DatabaseSync(url.slice('sqlite:'.length))
  tx.exec('begin')
  await mail.enqueueIn(tx, letter(to), { expiresIn: '5m' })
  tx.exec('commit')
  await expectDatedNow(right, 1)
  await mail.close()
})

function streamed() {
  return letter(to, { attachments: [{ filename: 'a.txt', content: Readable.from(['Hello']) }] })
}

function pgApp(connectionString: string): AppDatabase {
  const pool = new pg.Pool({ connectionString, max: 1 })
  return {
    database: pool,
    end: () => pool.end(),
    async transaction(work) {
      const client = await pool.connect()
      await client.query('begin')
      await work(client)
      await client.query('commit')
      client.release()
    },
  }
}

function mysqlApp(uri: string): AppDatabase {
  const pool = createPool({ uri, connectionLimit: 1 })
  return {
    database: pool,
    end: () => pool.end(),
    async transaction(work) {
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      await work(connection)
      await connection.commit()
      connection.release()
    },
  }
}
