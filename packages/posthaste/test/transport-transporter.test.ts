import { generateKeyPairSync } from 'node:crypto'
import { createTransport as createNodemailer, type SendMailOptions } from 'nodemailer'
import { createTransport as createNodemailer6 } from 'nodemailer6'
import { createTransport as createNodemailer9 } from 'nodemailer9'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createTransporterTransport } from '../src/transports/transporter.ts'
import type { Transporter } from '../src/transports/transporter-shape.ts'
import { deliverTo, dispatchOf, FIN, HANG, plainMime, RST, summary } from './support/dispatch.ts'
import type { SmtpAnswer } from './support/smtp/script.ts'
import { type SmtpScript, type SmtpStep, startSmtp } from './support/smtp.ts'

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

type Make = (options: object) => unknown
const versions: [string, Make][] = [
  ['10', (options) => createNodemailer(options)],
  ['9', (options) => createNodemailer9(options)],
  ['6', (options) => createNodemailer6(options)],
]

async function transporterTo(
  script: SmtpScript,
  make: Make = versions[0]?.[1] as Make,
  options: object = {},
) {
  const smtp = await startSmtp(script ? { reply: script } : {})
  const patience = { socketTimeout: 1_000, connectionTimeout: 1_000, greetingTimeout: 1_000 }
  const transporter = make({
    host: '127.0.0.1',
    port: smtp.port,
    ignoreTLS: true,
    ...patience,
    ...options,
  }) as Transporter & ReturnType<typeof createNodemailer>
  const transport = createTransporterTransport({ name: 'own', transporter })
  opened.push(smtp, transport)
  return { smtp, transporter, transport }
}

describe.each(versions)('through Nodemailer %s', (_, make) => {
  test.each<[SmtpStep, SmtpAnswer, string]>([
    ['greeting', '554 5.7.1 Go away', 'deferred fault:connection'],
    ['MAIL', RST, 'deferred fault:connection'],
    ['RCPT', '550 5.1.1 No such user', 'rejected'],
    ['RCPT', '450 4.2.0 Later', 'deferred'],
    ['DATA', FIN, 'deferred fault:connection'],
    ['dot', '451 4.3.0 Later', 'deferred'],
    ['dot', '554 5.6.0 Spam', 'rejected'],
    ['dot', FIN, 'unknown'],
    ['dot', RST, 'unknown'],
    ['dot', HANG, 'unknown'],
  ])('%s answered with %o means: %s', async (at, said, expected) => {
    const { transport } = await transporterTo(({ step }) => (step === at ? said : undefined), make)
    expect(summary(await deliverTo(transport))).toBe(expected)
  })

  test('gives every recipient their own verdict, and sends the bytes as they are', async () => {
    const { smtp, transport } = await transporterTo(
      ({ step, line }) => (step === 'RCPT' && line.includes('gone') ? '550 5.1.1 Gone' : undefined),
      make,
    )
    const { recipients } = await deliverTo(transport, { to: ['gone@a.test', 'ok@a.test'] })
    expect(recipients.map(({ verdict, reply }) => [verdict, reply?.code])).toEqual([
      ['rejected', 550],
      ['accepted', 250],
    ])
    expect(smtp.received[0]?.to).toEqual(['ok@a.test'])
    expect(smtp.received[0]?.raw.toString()).toBe(plainMime)
  })

  test('asks mayBegin when the server waits for the body, and sends nothing on a no', async () => {
    const { smtp, transport } = await transporterTo(() => undefined, make)
    const asked = vi.fn(async () => Boolean(smtp.sessions[0]?.commands.includes('never')))
    expect(summary(await deliverTo(transport, { mayBegin: asked }))).toBe('aborted')
    expect(smtp.sessions[0]?.commands).toContain('DATA')
    expect(smtp.received).toEqual([])
  })

  test("signs with the transporter's own DKIM and applies its stream plugins", async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const dkim = {
      domainName: 'example.com',
      keySelector: 'k1',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    }
    const { smtp, transporter, transport } = await transporterTo(() => undefined, make, { dkim })
    const plugin = vi.fn((_mail: unknown, done: () => void) => done())
    transporter.use('stream', plugin as never)
    await deliverTo(transport)
    expect(smtp.received[0]?.raw.toString()).toMatch(/^DKIM-Signature: v=1;/)
    expect(plugin).toHaveBeenCalledTimes(1)
  })

  test('hands over fields where the transporter has compile plugins, which would not see into MIME', async () => {
    const { smtp, transporter } = await transporterTo(() => undefined, make)
    transporter.use('compile', (({ data }: { data: SendMailOptions }, done: () => void) => {
      data.subject = `[plugin] ${data.subject}`
      done()
    }) as never)
    await deliverTo(createTransporterTransport({ name: 'own', transporter }))
    expect(smtp.received[0]?.raw.toString()).toContain('Subject: [plugin] Hello')
  })

  test('leaves alone what the app itself sends through the same transporter', async () => {
    const { smtp, transporter } = await transporterTo(() => undefined, make)
    await transporter.sendMail({ from: 'app@example.com', to: 'x@a.test', subject: 'Direct', text: 'Hi' })
    expect(smtp.received[0]?.raw.toString()).toContain('Subject: Direct')
  })
})

describe('whatever a transporter does becomes an outcome', () => {
  const cases: [string, () => Promise<unknown>, string][] = [
    ['rejects with a string', () => Promise.reject('no'), 'unknown'],
    ['rejects with undefined', () => Promise.reject(undefined), 'unknown'],
    [
      'throws synchronously',
      () => {
        throw new TypeError('a bug')
      },
      'deferred',
    ],
    ['never settles', () => new Promise(() => undefined), 'unknown'],
    ['returns nothing', () => undefined as unknown as Promise<unknown>, 'unknown'],
    [
      'resolves, the recipient rejected without a reason',
      async () => ({ rejected: [{ address: 'SOMEONE@example.net' }] }),
      'deferred',
    ],
    [
      'resolves, the recipient rejected for good',
      async () => ({
        rejected: ['someone@example.net'],
        rejectedErrors: [{ recipient: 'someone@example.net', responseCode: 550, response: '550 5.1.1 No' }],
      }),
      'rejected',
    ],
  ]
  test.each(cases)('%s', async (_, sendMail, expected) => {
    const transport = createTransporterTransport({ name: 'odd', transporter: { sendMail }, sendTimeout: 50 })
    expect(summary(await deliverTo(transport))).toBe(expected)
  })

  test('it may not read files or URLs, whatever the mail says', async () => {
    const given: Record<string, unknown>[] = []
    const sendMail = async (mail: Record<string, unknown>) => given.push(mail)
    await deliverTo(createTransporterTransport({ name: 'odd', transporter: { sendMail } }), {
      message: { disableFileAccess: false },
    })
    expect(given[0]).toMatchObject({ disableFileAccess: true, disableUrlAccess: true })
  })
})

test('an abort ends the wait for a transporter that knows no signals', async () => {
  const { smtp, transport } = await transporterTo(
    ({ step }) => (step === 'RCPT' ? HANG : undefined),
    versions[2]?.[1],
    { socketTimeout: 60_000 },
  )
  const abort = new AbortController()
  const sending = transport.deliver(dispatchOf(), abort.signal)
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands.length).toBeGreaterThan(2))
  abort.abort()
  expect(summary(await sending)).toBe('aborted')
})

test.each(versions.slice(1))(
  'a body asked for after we gave up waiting never leaves (Nodemailer %s, which cannot abort)',
  async (_, make) => {
    const late = () => new Promise<string>((resolve) => setTimeout(() => resolve('220 at last'), 600))
    const patience = { greetingTimeout: 20_000, socketTimeout: 20_000, connectionTimeout: 20_000 }
    const { smtp, transporter } = await transporterTo(
      ({ step }) => (step === 'greeting' ? late() : undefined),
      make,
      { pool: true, ...patience },
    )
    const hasty = createTransporterTransport({ name: 'hasty', transporter, sendTimeout: 200 })
    expect(summary(await deliverTo(hasty))).toBe('deferred fault:connection')
    await vi.waitFor(() => expect(smtp.cutShort).toEqual([0]), { timeout: 5_000 })
    expect(smtp.received).toEqual([])
  },
)

test("the queue's own transport cannot deliver its mail", () => {
  const transporter = createNodemailer({
    name: 'Posthaste',
    version: '1',
    send: (_mail: unknown, done: (error: null, info: object) => void) => done(null, {}),
  } as never)
  expect(() =>
    createTransporterTransport({ name: 'loop', transporter: transporter as unknown as Transporter }),
  ).toThrow('PH_NESTED_QUEUE')
})
