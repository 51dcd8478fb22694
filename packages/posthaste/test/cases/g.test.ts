import { describe, expect, test } from 'vitest'
import { createMailQueue, type QueueConfig } from '../../src/index.ts'
import { codeOf, mimeOf, resolved } from '../support/content.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

const to = 'ada@example.com'
const queueOf = (config: object) => createMailQueue({ database: 'sqlite::memory:', ...config } as QueueConfig)

/** Neighbours: each field of it, in the mail and in its envelope, as text and as a list. */
test.each<[object, RegExp]>([
  [{ notify: ['never', 'failure'] }, /dsn\.notify holds 'never' beside others/],
  [{ notify: 'never,failure' }, /dsn\.notify holds 'never' beside others/],
  [{ notify: ['sometimes'] }, /dsn\.notify\[0\] is "sometimes", not one of never, success, failure, delay/],
  [{ notify: 7 }, /dsn\.notify is 7/],
  [{ return: 'everything' }, /dsn\.return is "everything"/],
  [{ ret: 1 }, /dsn\.ret is 1/],
  [{ id: 'a'.repeat(101) }, /dsn\.id is not a text of 1 to 100 characters/],
  [{ notifi: 'never' }, /dsn\.notifi'; did you mean 'notify'\?/],
])('G9 dsn %o is refused at enqueue, naming the field', async (dsn, message) => {
  await using mail = createMailQueue({ database: (await freshDatabase('sqlite')).url })
  for (const given of [
    letter(to, { dsn } as never),
    letter(to, { envelope: { from: 'shop@example.com', to, dsn } } as never),
  ]) {
    const refused = mail.enqueue(given)
    await expect(refused).rejects.toMatchObject({ code: 'PH_MAIL_INVALID' })
    await expect(refused).rejects.toThrow(message)
  }
  expect(await mail.count({ all: true })).toBe(0)
})

/** Not on this machine: a container's name. What is tested is the name that the server hears. */
test('G11 the configured host name greets the server, unless the transport has one of its own', async () => {
  await using line = await openLine((await freshDatabase('sqlite')).url)
  const { url } = line.smtp
  for (const [transport, name] of [
    [url, 'mail.shop.example'],
    [{ url, name: 'own.example' }, 'own.example'],
  ] as const) {
    await using mail = createMailQueue({
      database: (await freshDatabase('sqlite')).url,
      transports: { default: transport },
      hostname: 'mail.shop.example',
    })
    await mail.enqueue(letter(to))
    await mail.deliverDue()
    expect(line.smtp.commands.filter((command) => /^EHLO/i.test(command)).at(-1)).toBe(`EHLO ${name}`)
  }
})

/** Neighbours: PostgreSQL's other reserved schema, SQLite's reserved prefix, what needs quotes. */
test.each<[object, RegExp]>([
  [{ schema: 'pg_mail' }, /schema is a name that PostgreSQL keeps for itself/],
  [{ schema: 'information_schema' }, /schema is a name that PostgreSQL keeps for itself/],
  [{ schema: 'a"b' }, /schema is "a\\"b", not a plain name/],
  [{ schema: '' }, /schema is empty/],
  [{ prefix: 'sqlite_mail' }, /prefix is a prefix that SQLite keeps for itself/],
  [{ prefix: 'a'.repeat(41) }, /prefix is /],
])('G16 %o is refused in the configuration', async (config, message) => {
  const refused = queueOf(config).enqueue(letter(to))
  await expect(refused).rejects.toMatchObject({ code: 'PH_CONFIG' })
  await expect(refused).rejects.toThrow(message)
})

/** Neighbours: the other fields of a signature. */
test.each<[object, RegExp]>([
  [{ skipFields: ['date'] }, /dkim\.skipFields is a list, not a text/],
  [{ headerFieldNames: ['from'] }, /dkim\.headerFieldNames is a list, not a text/],
  [{ domainName: 5 }, /dkim\.domainName is 5/],
  [{ keys: [] }, /dkim\.keys is an empty list/],
  [{ keys: [{ domain: 'x' }] }, /dkim\.keys\[0\]\.domain'; did you mean 'domainName'\?/],
])('G18 dkim %o is refused when the queue is used first', async (dkim, message) => {
  const refused = queueOf({ transports: { default: { host: 'h.test', dkim } } }).enqueue(letter(to))
  await expect(refused).rejects.toMatchObject({ code: 'PH_CONFIG' })
  await expect(refused).rejects.toThrow(message)
})

describe('G12: the method of a calendar is that of its content', () => {
  const calendar = (method: string) =>
    `BEGIN:VCALENDAR\r\n${method}BEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
  const request = calendar('METHOD:REQUEST\r\n')

  test.each<[string, unknown, string]>([
    ['text', request, 'request'],
    ['bytes', Buffer.from(request), 'request'],
    ['an object', { content: request }, 'request'],
    ['base64', { content: Buffer.from(request).toString('base64'), encoding: 'base64' }, 'request'],
    ['the same said twice', { content: request, method: 'request' }, 'request'],
    ['line feeds alone', request.replaceAll('\r\n', '\n'), 'request'],
    ['nothing said', calendar(''), 'publish'],
  ])('%s', async (_, icalEvent, expected) => {
    expect((await mimeOf({ icalEvent })).toLowerCase()).toContain(`method=${expected}`)
  })

  test('another one is refused', async () => {
    const icalEvent = { content: request, method: 'CANCEL' }
    expect(await codeOf(() => resolved({ icalEvent }))).toBe('PH_MAIL_INVALID')
  })
})
