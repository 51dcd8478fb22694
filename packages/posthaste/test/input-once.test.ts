import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createMailQueue, isPosthasteError, type Mail, type QueueConfig } from '../src/index.ts'
import { freshDatabase } from './support/databases.ts'
import { letter } from './support/line.ts'

const to = 'ada@example.com'
const boom = new Error('boom')

function throwing(key: string, of: object = {}): object {
  return Object.defineProperty(of, key, {
    enumerable: true,
    get() {
      throw boom
    },
  })
}

async function queue(config: object = {}) {
  const { url } = await freshDatabase('sqlite')
  return createMailQueue({ database: url, ...config } as QueueConfig)
}

describe('a mail is read once', () => {
  test.each<[string, () => object, RegExp]>([
    ['of a field', () => throwing('subject', { ...letter(to) }), /mail\.subject cannot be read/],
    [
      'of a part',
      () => letter(to, { attachments: [throwing('filename', { content: 'x' })] } as Mail),
      /mail.*cannot be read/,
    ],
    [
      'of a header',
      () => letter(to, { headers: throwing('X-Order') } as Mail),
      /mail\.headers\.X-Order cannot be read/,
    ],
  ])('a getter that throws, %s, is refused with what it threw', async (_, given, message) => {
    await using mail = await queue()
    const refused = mail.enqueue(given() as Mail)
    await expect(refused).rejects.toMatchObject({ code: 'PH_MAIL_INVALID', cause: boom })
    await expect(refused).rejects.toThrow(message)
    expect(await mail.count({ all: true })).toBe(0)
  })

  test('a field that answers otherwise the second time is what it was the first time', async () => {
    await using mail = await queue()
    let reads = 0
    const given = Object.defineProperty({ ...letter(to) }, 'dkim', {
      enumerable: true,
      get: () => (++reads === 1 ? undefined : { privateKey: 'secret' }),
    })
    await mail.enqueue(given)
    expect(reads).toBe(1)
  })

  test('a field that is undefined leaves the default in place', async () => {
    await using mail = await queue({ defaults: { from: 'shop@example.com' } })
    const { id } = await mail.enqueue({ from: undefined, to, text: 'x' } as Mail)
    expect(await mail.get(id)).toMatchObject({ sender: 'shop@example.com' })
  })

  test.each<[string, object, RegExp]>([
    ['bytes for a priority', { priority: Buffer.alloc(2_000_000) }, /priority is bytes, not text/],
    ['four billion attachments', { attachments: new Array(2 ** 32 - 1) }, /more than/],
    ['four billion recipients', { to: new Array(2 ** 32 - 1) }, /more than/],
  ])('%s are refused at once', async (_, fields, message) => {
    await using mail = await queue()
    const began = performance.now()
    await expect(mail.enqueue(letter(to, fields as Mail))).rejects.toThrow(message)
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})

test('a stream that fails in the app’s transaction leaves nothing in it, though the app commits', async () => {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(':memory:')
  await using mail = createMailQueue({ database, attachments: { streamTimeout: 20 } })
  await mail.migrate()
  database.exec('begin')
  const failed = mail.enqueueIn(database, letter(to, { attachments: [{ content: new PassThrough() }] }))
  await expect(failed).rejects.toMatchObject({ code: 'PH_CONTENT_UNREADABLE' })
  database.exec('commit')
  expect(database.prepare('select count(*) as n from posthaste_mail').get()).toEqual({ n: 0 })
})

test.each<[object, RegExp]>([
  [{ deliver() {} }, /transports\.default\.name is undefined/],
  [{ name: 'a', maxConnections: 0, deliver() {}, verify() {}, close() {} }, /maxConnections is 0/],
  [{ name: 'a', maxConnections: 1, deliver() {}, verify() {} }, /close is undefined, not a function/],
])(
  'a transport of the app without %o is refused when the configuration is read',
  async (transport, message) => {
    await using mail = await queue({ transports: { default: transport } })
    await expect(mail.enqueue(letter(to))).rejects.toThrow(message)
  },
)

test('a worker listens only to what there is', async () => {
  await using mail = await queue()
  expect(() => mail.worker().on('snet' as never, () => {})).toThrow('[PH_OPTION_INVALID]')
  expect(() => mail.worker().on('sent', 'x' as never)).toThrow('[PH_OPTION_INVALID]')
})

test('whatever is asked, isPosthasteError answers', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect(isPosthasteError(proxy)).toBe(false)
  expect(isPosthasteError(throwing('message', new Error('x')))).toBe(false)
})

test('metadata whose toJSON gives a promise is refused, and its rejection is nobody else’s', async () => {
  await using mail = await queue()
  const metadata = { toJSON: async () => Promise.reject(boom) }
  const refused = mail.enqueue(letter(to), { metadata })
  await expect(refused).rejects.toThrow('metadata holds a promise, which is not JSON')
})

test.each([[], [' '], ''])('a mail is not resent to nobody (%j)', async (people) => {
  await using mail = await queue({ delivery: 'capture' })
  const { id } = await mail.enqueue(letter(to))
  await expect(mail.resend(id, { to: people })).rejects.toSatisfy((error) => isPosthasteError(error))
  expect(await mail.count({ all: true })).toBe(1)
})
