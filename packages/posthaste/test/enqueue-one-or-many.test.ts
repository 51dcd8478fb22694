import { types } from 'node:util'
import { expect, test } from 'vitest'
import type { Row } from '../src/connections/database.ts'
import { createMailQueue, type EnqueueOptions, type Mail } from '../src/index.ts'
import { openByHand } from './support/by-hand.ts'
import { describeEachDatabase, engineOf } from './support/databases.ts'

const message = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Order', text: 'a mail' }
const awkward = `quotes " and ' and \\ and {braces}, NULL, lines and ümläuts 😀`

interface Case {
  readonly given: Mail
  readonly options?: EnqueueOptions
}

const cases: Record<string, Case> = {
  'nothing but a mail': { given: message },
  'one for later that expires': {
    given: message,
    options: { sendAt: new Date('2100-01-01'), expiresAt: new Date('2100-01-02'), priority: 'bulk' },
  },
  'every option': {
    given: { ...message, dsn: { notify: 'failure', return: 'headers', id: 'd1' } } as Mail,
    options: {
      tenant: awkward.slice(0, 100),
      tags: ['order', awkward],
      metadata: { note: `${awkward}\n` },
      onUnknown: 'hold',
      sensitive: true,
      retry: { factor: 3 },
    },
  },
  'text that is awkward in SQL': {
    given: { ...message, subject: awkward, text: `${awkward}\n` },
  },
  'several recipients, some of whom must not be mailed': {
    given: {
      ...message,
      to: ['ada@example.com', 'Gone@Example.com'],
      cc: '"O\\"Brien" <o\'brien@example.com>',
      bcc: ['x@closed.example', 'bob@example.com'],
    },
  },
  'nobody who may be mailed': { given: { ...message, to: ['gone@example.com', 'y@closed.example'] } },
  'content apart': {
    given: {
      ...message,
      attachments: [{ filename: 'a.bin', content: Buffer.alloc(300_000, 'a') }],
    },
  },
}

describeEachDatabase('a mail by itself, and the same among others', (kind, fresh) => {
  async function using(
    work: (
      queue: ReturnType<typeof createMailQueue>,
      rowsOf: (id: string) => Promise<unknown>,
    ) => Promise<void>,
  ): Promise<void> {
    const { url } = await fresh()
    await using queue = createMailQueue({ database: url, render: 'deliver' })
    await queue.migrate()
    await queue.suppressions.import(['gone@example.com', { address: '@closed.example' }])
    const byHand = await openByHand(kind, url)
    await work(queue, async (id) => {
      const literal = engineOf(kind) === 'mysql' ? `unhex('${id.replaceAll('-', '')}')` : `'${id}'`
      const tables = ['mail', 'delivery', 'body', 'recipient', 'tag', 'idempotency', 'content_use']
      const stored: Record<string, unknown> = {}
      for (const table of tables) {
        const order = { mail: 'id', recipient: 'seq', tag: 'tag' }[table] ?? 'mail_id'
        const rows = await byHand.run(
          `select * from ${byHand.table(table)} where ${table === 'mail' ? 'id' : 'mail_id'} = ${literal} order by ${order}`,
        )
        stored[table] = comparable(rows)
      }
      return stored
    }).finally(() => byHand.close())
  }

  test.each(Object.entries(cases))('is stored alike: %s', (_title, { given, options }) =>
    using(async (queue, rowsOf) => {
      const alone = await queue.enqueue(given, { ...options, idempotencyKey: 'alone' })
      const { results } = await queue.enqueueMany([
        { mail: given, ...options, idempotencyKey: 'among' },
        { mail: { ...message, to: 'other@example.com' } },
      ])
      const among = results[0]
      expect(among).toMatchObject({ status: alone.status, suppressed: alone.suppressed })
      const rows = await rowsOf(alone.id)
      expect(rows).toEqual(await rowsOf(among?.id ?? ''))
      expect(rows).toMatchObject({
        mail: [{ subject: expect.any(String) }],
        delivery: [{}],
        body: [{}],
        idempotency: [{}],
      })
    }),
  )

  test('replaces another alike', () =>
    using(async (queue, rowsOf) => {
      const one = await queue.enqueue(message)
      const other = await queue.enqueue(message)
      await queue.enqueue(message, { replaces: one.id })
      await queue.enqueueMany([{ mail: message, replaces: other.id }, { mail: message }])
      const rows = await rowsOf(one.id)
      expect(rows).toEqual(await rowsOf(other.id))
      expect(rows).toMatchObject({ delivery: [{ state: 'cancelled' }] })
    }))
})

/** Without what differs by nature: ids, keys, and the times of today. */
function comparable(rows: Row[]): Record<string, string>[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [
        column,
        // The key is in this hash.
        column === 'envelope' ? String(String(value).length) : comparableValue(value),
      ]),
    ),
  )
}

function comparableValue(value: unknown): string {
  if (types.isUint8Array(value) && value.length === 16) return 'id'
  const text = types.isUint8Array(value) ? Buffer.from(value).toString() : String(value)
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'id')
    .replace(/"baseBoundary":"[0-9a-f]{16}"/, '')
    .replace(/\b20[2-9]\d-\d\d-\d\dT[\d:.]+Z/, 'today')
    .replace(/^1[78]\d{11}$/, 'today')
    .replace(/^(alone|among)$/, 'key')
}
