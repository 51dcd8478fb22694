import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import { type DatabaseKind, describeDatabase } from '../support/databases.ts'

interface AppPool {
  readonly pool: object
  transaction(work: (tx: object) => Promise<void>): Promise<void>
  end(): Promise<void>
}

const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Order', text: 'Thank you' }

for (const kind of ['postgres', 'mariadb', 'mysql'] as const)
  describeDatabase(kind, "G1: an app's pool of which every connection is taken", (_, fresh) => {
    test.each([1, 10])(
      'of %i, by as many orders at once, is enough for the first enqueue of the process',
      async (size) => {
        const { url } = await fresh()
        await using other = createMailQueue({ database: url, delivery: 'capture' })
        await other.migrate()
        const app = openPool(kind, url, size)
        const mail = createMailQueue({ database: app.pool, delivery: 'capture' })
        const all = Promise.withResolvers<void>()
        let begun = 0
        const order = () =>
          app.transaction(async (tx) => {
            // No order ends before all have begun: the pool has no connection left.
            if (++begun === size) all.resolve()
            await all.promise
            await everything(mail, tx)
          })
        await Promise.all(Array.from({ length: size }, order))
        // And the same again, now that it is known.
        await app.transaction((tx) => everything(mail, tx))
        expect(await other.count({ state: 'queued' })).toBe(6 * (size + 1))
        expect(await mail.count({ state: 'queued' })).toBe(6 * (size + 1))
        await mail.close()
        await app.end()
      },
    )

    test('still refuses a transaction of another database', async () => {
      const [here, there] = [await fresh(), await fresh()]
      for (const { url } of [here, there]) {
        await using queue = createMailQueue({ database: url })
        await queue.migrate()
      }
      const [own, foreign] = [openPool(kind, here.url, 2), openPool(kind, there.url, 1)]
      const mail = createMailQueue({ database: own.pool, delivery: 'capture' })
      const storing = foreign.transaction(async (tx) => void (await mail.enqueueIn(tx, letter)))
      // MySQL's connections reach every database of their server: the mail goes where the queue is.
      if (kind === 'postgres') await expect(storing).rejects.toMatchObject({ code: 'PH_WRONG_DATABASE' })
      else await storing
      expect(await mail.count({ state: 'queued' })).toBe(kind === 'postgres' ? 0 : 1)
      await mail.close()
      await Promise.all([own.end(), foreign.end()])
    })
  })

async function everything(mail: MailQueue<'default'>, tx: object): Promise<void> {
  await mail.enqueueIn(tx, letter)
  await mail.enqueueIn(tx, { ...letter, attachments: [{ content: Buffer.alloc(300_000) }] })
  await mail.enqueueManyIn(tx, [{ mail: letter }, { mail: letter }])
  await mail.within(tx, async () => {
    await mail.enqueue(letter)
    await mail.enqueueMany([{ mail: letter }])
  })
}

function openPool(kind: DatabaseKind, url: string, size: number): AppPool {
  return kind === 'postgres' ? openPg(url, size) : openMysql(url, size)
}

function openPg(url: string, max: number): AppPool {
  const pool = new pg.Pool({ connectionString: url, max })
  return {
    pool,
    end: () => pool.end(),
    async transaction(work) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await work(client)
        await client.query('commit')
      } finally {
        client.release()
      }
    },
  }
}

function openMysql(uri: string, connectionLimit: number): AppPool {
  const pool = createPool({ uri, connectionLimit })
  return {
    pool,
    end: () => pool.end(),
    async transaction(work) {
      const connection = await pool.getConnection()
      try {
        await connection.beginTransaction()
        await work(connection)
        await connection.commit()
      } finally {
        connection.release()
      }
    },
  }
}
