import { Readable } from 'node:stream'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { expect } from 'vitest'
import { newId } from '../../src/ids.ts'
import { createMailQueue } from '../../src/index.ts'
import type { ServerKind } from './databases.ts'
import { letter } from './line.ts'

/** A connection of the app's own, as this user. */
export interface AppConnection {
  readonly tx: object
  run(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export async function connectAs(kind: ServerKind, url: string): Promise<AppConnection> {
  if (kind === 'postgres') {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return {
      tx: client,
      run: async (sql, params) => (await client.query(sql, params)).rows,
      close: () => client.end(),
    }
  }
  const connection = await createConnection(url)
  return {
    tx: connection,
    async run(sql, params = []) {
      const [rows] =
        params.length > 0 ? await connection.execute(sql, params as string[]) : await connection.query(sql)
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : []
    },
    close: () => connection.end(),
  }
}

const attached = (bytes: number) => [{ filename: 'a.bin', content: Buffer.alloc(bytes, 7) }]

/** Enqueues in every way there is, with all that an enqueue may be given, and awaits what it gives. */
export async function enqueueEveryWay(kind: ServerKind, url: string, listed: string): Promise<void> {
  await using mail = createMailQueue({ database: url })
  const app = await connectAs(kind, url)
  const key = (name: string) => ({ idempotencyKey: `${name}-${newId()}` })
  const inTransaction = async (work: () => Promise<unknown>) => {
    await app.run('begin')
    try {
      await work()
      await app.run('commit')
    } catch (error) {
      await app.run('rollback')
      throw error
    }
  }
  try {
    await mail.verify()
    await inTransaction(() => mail.enqueueIn(app.tx, letter('ada@example.com'), { tags: ['order:1'] }))
    await inTransaction(() =>
      mail.enqueueIn(app.tx, letter('ada@example.com', { attachments: attached(400_000) })),
    )
    expect(await mail.enqueue(letter(listed))).toMatchObject({ status: 'suppressed' })
    // The same key again, once more after its mail was cancelled, and by a mail that replaces it.
    const once = key('once')
    const first = await mail.enqueue(letter('ada@example.com'), once)
    expect(await mail.enqueue(letter('ada@example.com'), once)).toMatchObject({
      duplicate: true,
      id: first.id,
    })
    const second = await mail.enqueue(letter('bob@example.com'), { ...once, replaces: first.id })
    expect(second).toMatchObject({ status: 'queued' })
    await inTransaction(() =>
      mail.enqueueIn(app.tx, letter('cy@example.com'), { ...once, replaces: second.id }),
    )
    // Content that is stored once, and a whole message whose header is read after its row was written.
    const stored = await mail.attachments.put(Buffer.alloc(300_000, 1))
    await mail.enqueue(letter('ada@example.com', { attachments: [{ filename: 'b.bin', content: stored }] }))
    await inTransaction(() => mail.enqueueIn(app.tx, wholeMessage()))
    const other = await mail.enqueue(letter('other@example.com'))
    const many = [
      { mail: letter('a@example.com'), ...key('many'), tags: ['n'] },
      { mail: letter('b@example.com', { attachments: attached(300_000) }), ...key('many') },
      { mail: letter('c@example.com'), replaces: other.id },
    ]
    expect(await mail.enqueueMany(many)).toMatchObject({ queued: 3 })
    await inTransaction(() => mail.enqueueManyIn(app.tx, many))
    const conflict = [
      { mail: letter('d@example.com'), ...key('new') },
      { mail: letter('dan@example.com'), ...once },
    ]
    await expectConflict(mail.enqueueMany(conflict))
    const { statements } = await mail.toSQL(letter('ada@example.com'), key('sql'))
    await inTransaction(async () => {
      for (const { sql, params } of statements) await app.run(sql, [...params])
    })
  } finally {
    await app.close()
  }
}

function wholeMessage() {
  const raw = 'From: shop@example.com\r\nTo: ada@example.com\r\nSubject: Whole\r\n\r\nHello\r\n'
  return { envelope: { from: 'shop@example.com', to: 'ada@example.com' }, raw: Readable.from([raw]) }
}

async function expectConflict(work: Promise<unknown>): Promise<void> {
  const met = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if ((met as { code?: string }).code === 'PH_IDEMPOTENCY_CONFLICT') return
  throw met
}
