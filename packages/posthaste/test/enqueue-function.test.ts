import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailQueue, type MailQueue } from '../src/index.ts'
import { postgresEngine } from '../src/store/postgres/engine.ts'
import { describeDatabase } from './support/databases.ts'

const message = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Function', text: 'a mail' }
const everything = { idempotencyKey: 'order-1', tags: ['order'] }

describeDatabase('postgres', 'the function of an enqueue', (_kind, fresh) => {
  let client: pg.Client
  let url: string
  let mail: MailQueue<'default'>

  beforeAll(async () => {
    url = (await fresh()).url
    mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    client = new pg.Client(url)
    await client.connect()
    await client.query("set track_functions = 'pl'")
  })

  afterAll(async () => {
    await client.end()
    await mail.close()
  })

  async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
    await client.query('begin')
    const value = await work()
    await client.query('commit')
    return value
  }

  async function calls(): Promise<number> {
    const { rows } = await client.query(
      "select calls::int from pg_stat_xact_user_functions where schemaname = 'posthaste' and funcname = 'add_mail'",
    )
    return rows[0]?.calls ?? 0
  }

  test('one mail is one call of it, whatever the mail has', () =>
    inTransaction(async () => {
      expect((await mail.enqueueIn(client, message)).status).toBe('queued')
      const { id } = await mail.enqueueIn(client, message, everything)
      expect(await calls()).toBe(2)
      expect(await mail.enqueueIn(client, message, everything)).toMatchObject({ id, status: 'duplicate' })
      const attachments = [{ filename: 'a.txt', content: Buffer.alloc(300_000) }]
      expect((await mail.enqueueIn(client, { ...message, attachments })).status).toBe('queued')
      expect(await calls()).toBe(4)
    }))

  test('its text has no line that ends with a semicolon, where tools for migrations would cut it', () => {
    const text = postgresEngine('posthaste').initialTables().at(-1)
    expect(text).toContain('create or replace function')
    expect(text).not.toMatch(/;\n/)
  })
})
