import { createTransport as createNodemailer } from 'nodemailer'
import { describe, expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import type { Outcome, RecipientOutcome } from '../../src/outcome.ts'
import { createAppTransport } from '../../src/transports/app-transport.ts'
import type { Transport } from '../../src/transports/transport.ts'
import { createTransporterTransport } from '../../src/transports/transporter.ts'
import type { Transporter } from '../../src/transports/transporter-shape.ts'
import { freshDatabase } from '../support/databases.ts'
import { deliverTo, summary } from '../support/dispatch.ts'
import { letter } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'

describe('A4: a promise that resolves is no acceptance by itself', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'unknown'],
    [
      "Resend's error without an answer",
      { data: null, error: { name: 'application_error', message: 'Unable to fetch data' } },
      'unknown',
    ],
    [
      "Resend's refused recipient",
      { data: null, error: { statusCode: 422, name: 'validation_error', message: 'Invalid `to` field.' } },
      'rejected',
    ],
    [
      "Resend's limit",
      { data: null, error: { statusCode: 429, name: 'rate_limit_exceeded', message: 'x' } },
      'deferred fault:throttled',
    ],
    ['a response that is not ok', new Response('no', { status: 500 }), 'deferred'],
    ['a 5xx reply', { response: '550 5.1.1 No such user' }, 'rejected'],
    [
      'a status that says so',
      { status: 'failed', error: { code: 'Unauthorized' } },
      'deferred fault:authentication',
    ],
    ["Brevo's error", { code: 'invalid_parameter', message: 'email is not valid in to' }, 'rejected'],
    ["Brevo's other error", { code: 'invalid_parameter', message: 'x' }, 'unknown'],
    ["Mailgun's error", { status: 200, error: "'to' parameter is not a valid address" }, 'rejected'],
    ["SES's id that is none", { messageId: '<undefined@eu-west-1.amazonses.com>' }, 'unknown'],
    ['a page', '<!doctype html><title>Sign in</title>', 'unknown'],
    ['a page in the body', [{ statusCode: 200, body: '<html>Sign in</html>' }, ''], 'unknown'],
    ['a page in the message', { status: 200, message: '\n<html>Sign in</html>' }, 'unknown'],
    ['an empty object', {}, 'unknown'],
    ['a text', 'taken <1>', 'accepted'],
    ['a code that is none of an error', { code: 'OK', message: 'Queued' }, 'accepted'],
    ["an id and the mail's own page", { id: '1', body: '<html>Hello</html>' }, 'accepted'],
    ["SES's answer", { MessageId: '1', $metadata: { httpStatusCode: 200 } }, 'accepted'],
    ['an id', { data: { id: '1' }, error: null }, 'accepted'],
    ['a response that is ok', new Response('{}', { status: 200 }), 'accepted'],
    ["SendGrid's pair", [{ statusCode: 202, headers: {} }, ''], 'accepted'],
  ])('%s', async (_, result, expected) => {
    const transporter = { sendMail: async () => result }
    expect(summary(await deliverTo(createTransporterTransport({ name: 'api', transporter })))).toBe(expected)
  })
})

const thrower = () => {
  throw new Error('a getter')
}
const cyclic: { self?: unknown; message: object } = { message: {} }
cyclic.self = cyclic
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const hostile: [string, unknown][] = [
  ['an object as message', Object.assign(new Error(), { message: { deep: 'x' } })],
  [
    'a getter that throws',
    Object.defineProperties(
      {},
      { message: { get: thrower }, response: { get: thrower }, code: { get: thrower } },
    ),
  ],
  [
    'a proxy that throws',
    new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
  ],
  ['a revoked proxy', revoked.proxy],
  ['a cycle', cyclic],
  ['numbers for texts', { message: 1, response: 2, code: 3, serverMessageId: 123, recipients: 7, errors: 9 }],
  [
    'a list that says it is endless',
    new Proxy([], { get: (_, key) => (key === 'length' ? 1e12 : undefined) }),
  ],
  ['1 MB of text', 'x'.repeat(1_000_000)],
  ['half a pair and controls', 'a\ud800\u0000\u001b'],
  ['null', null],
  ['a symbol', Symbol('s')],
]

describe('A1: whatever is thrown or returned is read as text, bounded', () => {
  test.each(hostile)('%s', async (_, value) => {
    const odd = (deliver: unknown) => ({ name: 'odd', maxConnections: 1, deliver }) as unknown as Transport
    const transports = [
      createTransporterTransport({ name: 'a', transporter: { sendMail: async () => Promise.reject(value) } }),
      createTransporterTransport({ name: 'b', transporter: { sendMail: async () => value } }),
      createAppTransport(
        'c',
        odd(async () => value),
        undefined,
      ),
      createAppTransport(
        'd',
        odd(async () => Promise.reject(value)),
        undefined,
      ),
      createAppTransport(
        'e',
        odd(async () => ({ recipients: [value, { address: value, verdict: value }], reply: value })),
        undefined,
      ),
    ]
    for (const transport of transports) {
      const { type, recipients } = await deliverTo(transport)
      expect(type).toBe('answered')
      expect(recipients.map(({ address }) => address)).toEqual(['someone@example.net'])
      expect(recipients.every(isSound)).toBe(true)
    }
  })

  test('a number as serverMessageId becomes a text', async () => {
    const deliver = async () => ({
      recipients: [{ address: 'someone@example.net', verdict: 'accepted' }],
      serverMessageId: 123,
    })
    const odd = { name: 'odd', maxConnections: 1, deliver } as unknown as Transport
    expect(await deliverTo(createAppTransport('odd', odd, undefined))).toMatchObject({
      serverMessageId: '123',
    })
  })
})

function isSound({ verdict, reply }: RecipientOutcome): boolean {
  const text = reply?.text ?? ''
  const known = ['accepted', 'deferred', 'rejected', 'unknown'].includes(verdict)
  return (
    known && typeof text === 'string' && text.length <= 2_000 && text.isWellFormed() && !/\p{Cc}/u.test(text)
  )
}

test("A16: the app's transporter is not closed with the queue, and gets one listener", async () => {
  const smtp = await startSmtp()
  const transporter = createNodemailer({
    host: '127.0.0.1',
    port: smtp.port,
    pool: true,
  }) as unknown as Transporter & {
    listenerCount(event: string): number
    close(): void
  }
  for (const _ of [1, 2, 3]) {
    const transport = createTransporterTransport({ name: 'own', transporter })
    expect(summary(await deliverTo(transport))).toBe('accepted')
    await transport.close()
  }
  expect(transporter.listenerCount('error')).toBe(1)
  expect(smtp.received).toHaveLength(3)
  transporter.close()
  await smtp.close()
})

describe('A1: a transport that calls off what nobody called off', () => {
  const calling = (outcome: object): Transport => ({
    name: 'odd',
    maxConnections: 1,
    deliver: async () => outcome as Outcome,
    verify: async () => {},
    close: async () => {},
  })
  const summaryOf = async (outcome: object) =>
    summary(await deliverTo(createAppTransport('odd', calling(outcome), undefined)))

  test('has said nothing of the mail, unless it says how long to wait', async () => {
    expect(await summaryOf({ type: 'aborted' })).toBe('deferred')
    expect(await summaryOf({ type: 'aborted', retryAfter: 1 })).toBe('deferred')
    expect(await summaryOf({ type: 'aborted', retryAfter: 5_000 })).toBe('aborted')
  })

  test('is asked once for a mail, and later once more', async () => {
    let asked = 0
    const odd = calling({ type: 'aborted' })
    const deliver: Transport['deliver'] = (...given) => {
      asked++
      return odd.deliver(...given)
    }
    await using mail = createMailQueue({
      database: (await freshDatabase('sqlite')).url,
      transports: { default: { ...odd, deliver } },
    })
    const { id } = await mail.enqueue(letter('ada@example.com'))
    await mail.deliverDue({ signal: AbortSignal.timeout(5_000) })
    expect(asked).toBe(1)
    expect(await mail.get(id)).toMatchObject({ state: 'queued', attempts: 1 })
  })
})
