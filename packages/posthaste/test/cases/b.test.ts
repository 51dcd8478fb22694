import { expect, test } from 'vitest'
import { createMailQueue, type MailQueue, type QueueConfig } from '../../src/index.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'

const line = async () => openLine((await freshDatabase('sqlite')).url)
const to = 'ada@example.com'
const queueOf = (config: object) => createMailQueue({ database: 'sqlite::memory:', ...config } as QueueConfig)
const refusal = async (work: () => unknown) => {
  try {
    await work()
  } catch (error) {
    return String(error)
  }
  throw new Error('it was taken')
}

/** Neighbours: sendAt, delay, expiresAt, retry, the stream's and the queue's own durations, suppressions, health, settled, fetchTimeout. */
test.each<[string, object]>([
  ['expiresIn', { expiresIn: Number.MAX_SAFE_INTEGER }],
  ['expiresIn', { expiresIn: 1e300 }],
  ['expiresIn', { expiresIn: '99999999999w' }],
  ['expiresIn', { expiresIn: Number.NaN }],
  ['expiresIn', { expiresIn: -1 }],
  ['delay', { delay: Number.MAX_SAFE_INTEGER }],
  ['delay', { delay: Number.POSITIVE_INFINITY }],
  ['sendAt', { sendAt: new Date(8.64e15) }],
  ['sendAt', { sendAt: new Date(Number.NaN) }],
  ['sendAt', { sendAt: new Date(-1) }],
  ['sendAt', { sendAt: '2026-02-30T00:00:00Z' }],
  ['sendAt', { sendAt: 1_764_000_000 }],
  ['expiresAt', { expiresAt: '9999-12-31T23:59:59-12:00' }],
  ['retry.first', { retry: { first: 1e300 } }],
  ['retry.giveUpAfter', { retry: { giveUpAfter: Number.MAX_SAFE_INTEGER } }],
  ['retry.factor', { retry: { factor: Number.POSITIVE_INFINITY } }],
  ['retry.factor', { retry: { factor: '2' } }],
  ['retry.jitter', { retry: { jitter: Number.NaN } }],
])('B1 %s is bounded: %o is refused, and nothing is stored', async (path, options) => {
  await using it = await line()
  const refused = it.mail.enqueue(letter(to), options)
  await expect(refused).rejects.toMatchObject({ code: 'PH_OPTION_INVALID' })
  await expect(refused).rejects.toThrow(`: ${path} is `)
  expect(await it.mail.count({ all: true })).toBe(0)
})

test('B1 Infinity is never, and a mail that would be due after the year 9999 is sent by then', async () => {
  await using it = await line()
  const never = await it.mail.enqueue(letter(to), { expiresIn: Number.POSITIVE_INFINITY })
  const late = await it.mail.enqueue(letter(to), { sendAt: '9999-12-31T00:00:00Z', expiresIn: '5000w' })
  const stubborn = await it.mail.enqueue(letter(to), { retry: { giveUpAfter: Number.POSITIVE_INFINITY } })
  expect((await it.mail.get(never.id))?.expiresAt).toBeNull()
  expect(new Date(Number((await it.mail.get(late.id))?.expiresAt)).toISOString()).toBe(
    '9999-12-31T23:59:59.999Z',
  )
  expect(await it.mail.deliverDue()).toMatchObject({ sent: 2 })
  expect((await it.mail.get(stubborn.id))?.state).toBe('sent')
})

test.each<[string, object]>([
  ['streams.a.expiresIn', { streams: { a: { expiresIn: Number.MAX_SAFE_INTEGER } } }],
  ['streams.a.retry.max', { streams: { a: { retry: { max: -5 } } } }],
  ['streams.a.limit.perSecond', { streams: { a: { limit: { perSecond: Number.NaN } } } }],
  ['retention.sent', { retention: { sent: 1e300 } }],
  ['retry.giveUpAfter', { retry: { giveUpAfter: '4 fortnights' } }],
  ['attachments.fetchTimeout', { attachments: { fetchTimeout: '52w' } }],
  ['attachments.maxSize', { attachments: { maxSize: Number.NaN } }],
  ['transports.bulk.limit.perDay', { transports: { bulk: { host: 'h.test', limit: { perDay: 0 } } } }],
  ['transports.bulk.socketTimeout', { transports: { bulk: { host: 'h.test', socketTimeout: 2 ** 31 } } }],
])('B1 the configuration is bounded, too: %s', async (path, config) => {
  const refused = queueOf(config).enqueue(letter(to))
  await expect(refused).rejects.toMatchObject({ code: 'PH_CONFIG' })
  await expect(refused).rejects.toThrow(`: ${path} is `)
})

/** Neighbours: every number of worker() and deliverDue(), lists that are empty, enqueueMany's chunk, unknown names in each. */
test.each<[string, object, RegExp]>([
  ['PH_OPTION_INVALID', { concurrency: 0 }, /concurrency is 0, not a whole number from 1 to 10,000/],
  ['PH_OPTION_INVALID', { concurrency: 'many' }, /concurrency is "many"/],
  ['PH_OPTION_INVALID', { concurrency: Number.NaN }, /concurrency is NaN/],
  ['PH_OPTION_INVALID', { concurrency: 1.5 }, /concurrency is 1\.5/],
  ['PH_OPTION_INVALID', { concurrency: null }, /concurrency is null/],
  ['PH_OPTION_INVALID', { streams: [] }, /streams is an empty list/],
  ['PH_OPTION_INVALID', { streams: 'default' }, /streams is "default", not a list/],
  ['PH_OPTION_UNKNOWN', { consurrency: 5 }, /'consurrency'; did you mean 'concurrency'\?/],
  ['PH_OPTION_UNKNOWN', { Concurrency: 5 }, /did you mean 'concurrency'\?/],
  ['PH_OPTION_UNKNOWN', { teamSize: 5 }, /'teamSize'; here it is 'concurrency'/],
])('B2 worker() and deliverDue() refuse with %s: %o', async (code, options, message) => {
  const mail = queueOf({ transports: { default: 'smtp://127.0.0.1:1' } })
  for (const begin of [() => mail.worker(options), () => mail.deliverDue(options)]) {
    const told = await refusal(begin)
    expect(told).toContain(`[${code}]`)
    expect(told).toMatch(message)
  }
})

test.each<object>([
  { lease: '10ms' },
  { lease: Number.POSITIVE_INFINITY },
  { pollInterval: 0 },
  { stopWithin: '52w' },
  { maxRescues: 0 },
  { name: '' },
  { name: 'a\u001b[2J' },
  { housekeeping: 'no' },
])('B2 worker() refuses %o', async (options) => {
  expect(await refusal(() => queueOf({}).worker(options))).toContain('[PH_OPTION_INVALID]')
})

test.each<object>([
  { max: -1 },
  { max: 'all' },
  { maxDeferred: -1 },
  { maxMs: Number.NaN },
  { ids: undefined },
  { ids: ['x'] },
  { signal: {} },
])('B2 deliverDue() refuses %o', async (options) => {
  expect(await refusal(() => queueOf({}).deliverDue(options))).toContain('[PH_OPTION_INVALID]')
})

test('B2 undefined is absence, in every option', async () => {
  await using it = await line()
  const absent = undefined
  await it.mail.enqueue(letter(to), {
    priority: absent,
    delay: absent,
    tags: absent,
    retry: { first: absent },
    tenant: absent,
  })
  await it.mail.enqueueMany([{ mail: letter(to), stream: absent }], { chunk: absent, onInvalid: absent })
  expect(
    await it.mail.deliverDue({ concurrency: absent, streams: absent, max: absent, signal: absent }),
  ).toMatchObject({ sent: 2 })
  expect(it.mail.worker({ concurrency: absent, lease: absent, name: absent })).toBeDefined()
})

/** Neighbours: pool=false, pool as an option, and beside a URL. */
test.each<[string, (url: string) => object]>([
  ['?pool=true', (url) => ({ default: `${url}?pool=true` })],
  ['?pool=false&maxMessages=1', (url) => ({ default: `${url}?pool=false&maxMessages=1` })],
  ['{ url, pool: true }', (url) => ({ default: { url, pool: true } })],
])('B3 %s works', async (_, transports) => {
  await using it = await line()
  await using mail = createMailQueue({
    database: (await freshDatabase('sqlite')).url,
    transports: transports(it.smtp.url) as never,
  })
  await mail.enqueue(letter(to))
  expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
})

/** Neighbours: in the URL, in a transporter's options, in a limit, in the login, in the signature. */
test.each<[object | string, RegExp]>([
  [{ host: 'h.test', rateLimit: 5 }, /'transports\.bulk\.rateLimit'; here it is 'limit: \{ perSecond \}'/],
  [{ host: 'h.test', maxMesages: 5 }, /'transports\.bulk\.maxMesages'; did you mean 'maxMessages'\?/],
  ['smtp://h.test?maxMesages=5', /'transports\.bulk\.url\.maxMesages'; did you mean 'maxMessages'\?/],
  ['smtp://h.test?rateLimit=5', /'transports\.bulk\.url\.rateLimit'/],
  [
    { host: 'h.test', limit: { perSekond: 1 } },
    /'transports\.bulk\.limit\.perSekond'; did you mean 'perSecond'\?/,
  ],
  [{ host: 'h.test', auth: { username: 'u' } }, /'transports\.bulk\.auth\.username'; here it is 'user'/],
  [{ host: 'h.test', user: 'u' }, /'transports\.bulk\.user'; here it is 'auth: \{ user, pass \}'/],
  [
    { host: 'h.test', dkim: { selector: 's' } },
    /'transports\.bulk\.dkim\.selector'; here it is 'keySelector'/,
  ],
  [{ transporter: { sendMail() {} }, rateLimit: 1 }, /'transports\.bulk\.rateLimit'/],
  [{ host: 'h.test', port: 99_999 }, /transports\.bulk\.port is not a port/],
  [{ host: 'h.test', secure: 'yes' }, /transports\.bulk\.secure is "yes", not true or false/],
])('B4 SMTP options are checked: %o', async (bulk, message) => {
  const refused = queueOf({ transports: { bulk } }).enqueue(letter(to))
  await expect(refused).rejects.toMatchObject({ code: 'PH_CONFIG' })
  await expect(refused).rejects.toThrow(message)
})

/** Neighbours: each way to store a mail; from in the defaults, as a header, in raw. */
test('B5 a mail without from is refused, wherever it is stored', async () => {
  await using it = await line()
  const { from: _, ...anonymous } = letter(to)
  const ways: ((mail: MailQueue) => Promise<unknown>)[] = [
    (mail) => mail.enqueue(anonymous),
    (mail) => mail.enqueue({ ...anonymous, from: '' }),
    (mail) => mail.enqueue({ ...anonymous, replyTo: 'shop@example.com' }),
    (mail) => mail.prepare(anonymous),
    (mail) => mail.toSQL(anonymous),
  ]
  for (const way of ways) await expect(way(it.mail)).rejects.toMatchObject({ code: 'PH_MAIL_INVALID' })
  await expect(it.mail.enqueueMany([{ mail: anonymous }])).rejects.toMatchObject({ code: 'PH_BATCH_INVALID' })
  expect(await it.mail.count({ all: true })).toBe(0)
  await it.mail.enqueue({ ...anonymous, headers: { From: 'shop@example.com' } })
  await using defaulted = createMailQueue({
    database: (await freshDatabase('sqlite')).url,
    defaults: { from: 'shop@example.com' },
  })
  await expect(defaulted.enqueue(anonymous)).resolves.toMatchObject({ status: 'queued' })
})

/** Neighbours: every character that ends a part of a URL, on SMTP and on each database. */
test.each([
  'smtp://user:pa#ss0rd@host.test',
  'smtp://user:12#ss0rd@host.test',
  'smtp://user:12/ss0rd@host.test',
  'smtp://user:12?ss0rd@host.test',
  'smtp://user:ss0rd%@host.test',
])('B21 of an SMTP URL whose password is not encoded nothing is printed: %s', async (url) => {
  const told = await refusal(() => queueOf({ transports: { default: url } }).enqueue(letter(to)))
  expect(told).toContain('percent-encoded')
  expect(told).toContain('[PH_CONFIG]')
  expect(told).not.toMatch(/ss0rd|user:|host\.test/)
})

test.each(
  ['mysql', 'mariadb', 'postgres', 'postgresql'].flatMap((scheme) =>
    ['12#ss0rd', 'ss0rd%', '12/ss0rd', '12?ss0rd', 'a#ss0rd'].map(
      (password) => `${scheme}://user:${password}@host.test/shop`,
    ),
  ),
)('B21 of a database URL whose password is not encoded nothing is printed: %s', async (database) => {
  const told = await refusal(() => createMailQueue({ database }).enqueue(letter(to)))
  expect(told).toContain('percent-encoded')
  expect(told).toContain('[PH_DATABASE_URL]')
  expect(told).not.toMatch(/ss0rd|host\.test/)
})

/** Neighbours: deliverDue, enqueue, resume; a stream that is only configured. */
test('B23 a stream that there is not is refused, with the names there are', async () => {
  const mail = queueOf({ streams: { newsletter: {} } })
  const calls = [
    () => mail.worker({ streams: ['newsleter'] }),
    () => mail.deliverDue({ streams: ['newsleter'] }),
    () => mail.enqueue(letter(to), { stream: 'newsleter' }),
  ]
  for (const call of calls) {
    const told = await refusal(call)
    expect(told).toContain('[PH_STREAM_UNKNOWN]')
    expect(told).toMatch(/'newsleter'.*there are default, newsletter/)
  }
  expect(mail.worker({ streams: ['newsletter'] })).toBeDefined()
})
