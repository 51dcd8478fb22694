import { createConnection, createPool } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { type AppDatabase, openApp } from './support/app-database.ts'
import { counted } from './support/counted-handle.ts'
import { type DatabaseKind, describeDatabase, describeEachDatabase, engineOf } from './support/databases.ts'

const none = { code: 'PH_NO_TRANSACTION' }
const message = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Handle', text: 'a mail' }

describeEachDatabase('handles', (kind, fresh) => {
  let url: string
  let other: string
  let mail: MailQueue<'default'>
  let app: AppDatabase

  beforeAll(async () => {
    url = (await fresh()).url
    other = (await fresh()).url
    mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    await using otherQueue = createMailQueue({ database: other })
    await otherQueue.migrate()
    app = await openApp(kind, url)
  })

  afterAll(async () => {
    await app.close()
    await mail.close()
  })

  test.each(['at first', 'when it is known'])(
    'a connection with no transaction open is refused %s',
    async () => {
      const before = await countOf(app, kind, 'mail')
      await expect(mail.enqueueIn(app.tx, message)).rejects.toThrow(
        /a (pg client|mysql2 connection|node:sqlite database) without one.*\[PH_NO_TRANSACTION\]/,
      )
      await expect(mail.enqueueIn(app.tx, message, { idempotencyKey: 'k' })).rejects.toMatchObject(none)
      await expect(
        mail.enqueueIn(app.tx, { ...message, attachments: [{ content: Buffer.alloc(300_000) }] }),
      ).rejects.toMatchObject(none)
      await expect(mail.enqueueManyIn(app.tx, [{ mail: message }])).rejects.toMatchObject(none)
      await expect(mail.enqueueManyIn(app.tx, [])).rejects.toMatchObject(none)
      expect(await countOf(app, kind, 'mail')).toBe(before)
      expect(await countOf(app, kind, 'content')).toBe(0)
      await app.begin()
      await mail.enqueueIn(app.tx, message)
      await app.rollback()
    },
  )

  test('a transaction that has ended is refused', async () => {
    await app.begin()
    await mail.enqueueIn(app.tx, message)
    await app.commit()
    await expect(mail.enqueueIn(app.tx, message)).rejects.toMatchObject(none)
  })

  // MySQL's transactions reach over all databases of a server: there another one is no other.
  test.skipIf(engineOf(kind) === 'mysql')(
    'a refusal leaves the transaction as it was: the app may go on and commit',
    async () => {
      const stranger = await openApp(kind, other)
      await stranger.begin()
      await stranger.order('before')
      await expect(mail.enqueueIn(stranger.tx, message)).rejects.toThrow(
        /a (pg client|node:sqlite database) on \S+, the queue on \S+\. .*\[PH_WRONG_DATABASE\]/,
      )
      await stranger.order('after')
      await stranger.commit()
      expect(await stranger.orders()).toEqual(['after', 'before'])
      expect(await countOf(stranger, kind, 'mail')).toBe(0)
      await stranger.close()
    },
  )

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a URL', 'postgres://localhost/x'],
    ['some object', { query: 1 }],
  ])('%s is no transaction', async (_, tx) => {
    const code = 'PH_TRANSACTION_HANDLE'
    await expect(mail.enqueueIn(tx as never, message)).rejects.toMatchObject({ code })
  })

  test('bad input is refused before anything is sent', async () => {
    const sent: string[] = []
    const watching = counted(app.tx, (_, sql) => void sent.push(sql))
    await app.begin()
    for (const [bad, code] of [
      [{ ...message, to: 'nobody' }, 'PH_ADDRESS_INVALID'],
      [{ ...message, to: [] }, 'PH_NO_RECIPIENTS'],
      [{ ...message, subject: 'a\r\nBcc: x@example.com' }, 'PH_HEADER_INJECTION'],
      [{ ...message, dkim: { privateKey: 'x' } }, 'PH_SECRET_IN_MAIL'],
      [{ ...message, priority: 'high', idempotencyKey: 'x' }, 'PH_OPTION_IN_MAIL'],
    ] as const)
      await expect(mail.enqueueIn(watching, bad as never)).rejects.toMatchObject({ code })
    await expect(mail.enqueueIn(watching, message, { stream: 'nope' } as never)).rejects.toMatchObject({
      code: 'PH_STREAM_UNKNOWN',
    })
    await expect(mail.enqueueIn(watching, message, { prio: 1 } as never)).rejects.toMatchObject({
      code: 'PH_OPTION_UNKNOWN',
    })
    await app.order('after bad input')
    await app.commit()
    expect(sent).toEqual([])
  })

  test('a file outside the roots, met late, leaves the transaction usable and nothing in it', async () => {
    await app.begin()
    await expect(
      mail.enqueueIn(app.tx, {
        ...message,
        to: 'late@example.com',
        attachments: [{ path: '/etc/hostname' }],
      }),
    ).rejects.toMatchObject({ code: 'PH_PATH_REFUSED' })
    await app.order('after late refusal')
    await app.commit()
    expect(await app.orders()).toContain('after late refusal')
    expect((await mail.find({ to: 'late@example.com' })).items).toEqual([])
  })

  test('odd but legal text is stored as it is', async () => {
    const subject = 'Ünïcode ✉ 🎉 \ud800 half'
    await app.begin()
    const { id } = await mail.enqueueIn(
      app.tx,
      { ...message, subject, text: 'NUL \0 and half \udc00' },
      { tags: ['ä', '🎉'], metadata: { a: '\0' } },
    )
    await app.commit()
    expect(await mail.get(id)).toMatchObject({ state: 'queued', tags: ['ä', '🎉'] })
  })
})

describeDatabase('postgres', 'handles of pg', (_, fresh) => {
  test('a pool is refused, a pool client is taken, and the time zone of the session does not matter', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url })
    await mail.migrate()
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    await expect(mail.enqueueIn(pool as object, message)).rejects.toMatchObject({
      code: 'PH_POOL_AS_TRANSACTION',
    })
    const client = await pool.connect()
    await client.query(
      "set time zone 'Asia/Tokyo'; set search_path = pg_catalog; set datestyle = 'German, DMY'",
    )
    await client.query('begin')
    const { id } = await mail.enqueueIn(client, message)
    await client.query('set local search_path = pg_temp')
    await mail.enqueueIn(client, message)
    await client.query('commit')
    client.release()
    await pool.end()
    expect(await mail.get(id)).toMatchObject({ state: 'queued' })
  })

  test('a connection that dies in the middle gives a catalogued error, and nothing is stored', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url })
    await mail.migrate()
    for (const at of [1, 2, 3, 5]) {
      const [client, killer] = [
        new pg.Client({ connectionString: url }),
        new pg.Client({ connectionString: url }),
      ]
      await Promise.all([client.connect(), killer.connect()])
      client.on('error', () => {})
      const { rows } = await client.query('select pg_backend_pid() as pid')
      await client.query('begin')
      const dying = counted(client, async (n) => {
        if (n === at) await killer.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      })
      await expect(
        mail.enqueueIn(dying, { ...message, attachments: [{ content: Buffer.alloc(600_000) }] }),
      ).rejects.toMatchObject({ code: 'PH_DATABASE_UNREACHABLE' })
      await killer.end()
      await client.end().catch(() => {})
    }
    expect((await mail.find({ state: 'queued' })).items).toEqual([])
  })

  test('a transaction of the app that had failed before is told as ended', async () => {
    const { url } = await fresh()
    await using mail = createMailQueue({ database: url })
    await mail.migrate()
    const app = await openApp('postgres', url)
    await app.begin()
    await expect(app.run('select nonsense')).rejects.toThrow()
    await expect(mail.enqueueIn(app.tx, message)).rejects.toMatchObject({ code: 'PH_TRANSACTION_ENDED' })
    await app.rollback()
    await app.close()
  })
})

for (const kind of ['mariadb', 'mysql'] as const)
  describeDatabase(kind, 'handles of mysql2', (_, fresh) => {
    test('a pool is refused; a connection that uses another database, or does not commit by itself, is taken', async () => {
      const [{ url }, { url: other }] = [await fresh(), await fresh()]
      await using mail = createMailQueue({ database: url })
      await mail.migrate()
      const pool = createPool(url)
      await expect(mail.enqueueIn(pool as object, message)).rejects.toMatchObject({
        code: 'PH_POOL_AS_TRANSACTION',
      })
      await pool.end()
      const elsewhere = await createConnection(other)
      await elsewhere.query('begin')
      const { id } = await mail.enqueueIn(elsewhere, message)
      await elsewhere.query('commit')
      expect(await mail.get(id)).toMatchObject({ state: 'queued' })
      await elsewhere.query('set autocommit = 0')
      const second = await mail.enqueueIn(elsewhere, message)
      await elsewhere.query('rollback')
      expect(await mail.get(second.id)).toBeUndefined()
      await elsewhere.end()
    })

    test('a connection that dies in the middle gives a catalogued error, and nothing is stored', async () => {
      const { url } = await fresh()
      await using mail = createMailQueue({ database: url })
      await mail.migrate()
      for (const at of [1, 2, 3, 5]) {
        const [client, killer] = [await createConnection(url), await createConnection(url)]
        client.on('error', () => {})
        await client.query('begin')
        const dying = counted(client, async (n) => {
          if (n === at) await killer.query(`kill ${client.threadId}`)
        })
        await expect(
          mail.enqueueIn(dying, { ...message, attachments: [{ content: Buffer.alloc(600_000) }] }),
        ).rejects.toMatchObject({ code: 'PH_DATABASE_UNREACHABLE' })
        await killer.end()
        client.destroy()
      }
      expect((await mail.find({ state: 'queued' })).items).toEqual([])
    })
  })

async function countOf(app: AppDatabase, kind: DatabaseKind, table: string): Promise<number> {
  const [row] = await app.run(
    `select count(*) as n from ${kind === 'postgres' ? 'posthaste.' : 'posthaste_'}${table}`,
  )
  return Number(row?.n)
}
