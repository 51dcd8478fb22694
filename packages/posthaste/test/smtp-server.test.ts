import { createTransport, type SendMailOptions } from 'nodemailer'
import { afterEach, expect, test } from 'vitest'
import { type SmtpOptions, type SmtpServer, type SmtpStep, startSmtp } from './support/smtp.ts'
import { until } from './support/wait.ts'

const mail = {
  from: 'a@example.com',
  to: ['b@example.com', 'c@example.com'],
  subject: 'Hi',
  text: 'One\n.\n..two\n',
}
const opened: { close(): unknown }[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((thing) => thing.close()))
})

test('receives a mail as it was sent, dots and all', async () => {
  const { smtp, send } = await open()
  await send()
  const [received] = await smtp.mails(1)
  expect(received).toMatchObject({ session: 1, from: 'a@example.com', to: mail.to, secure: false })
  expect(await received?.parsed()).toMatchObject({ subject: 'Hi', text: mail.text })
  expect(smtp.commands.filter((line) => line.startsWith('RCPT'))).toHaveLength(2)
  expect(smtp.commands).toContain('.')
})

test('speaks TLS from the start', async () => {
  const { smtp, send } = await open({ tls: 'implicit' })
  await send()
  expect((await smtp.mails(1))[0]?.secure).toBe(true)
})

test('speaks TLS after STARTTLS, unless the script refuses', async () => {
  const { smtp, send } = await open({ tls: 'starttls' })
  await send()
  expect((await smtp.mails(1))[0]?.secure).toBe(true)
  smtp.options.reply = ({ step }) => (step === 'STARTTLS' ? '454 4.7.0 Not now' : undefined)
  await expect(send()).rejects.toMatchObject({ responseCode: 454 })
})

test.each(['PLAIN', 'LOGIN', 'XOAUTH2'])(
  'logs a client in with %s, and turns away a wrong one',
  async (method) => {
    const { smtp, send } = await open({ auth: ({ secret }) => secret === 'right' })
    await send(login(method, 'right'))
    expect((await smtp.mails(1))[0]?.user).toBe('jo')
    await expect(send(login(method, 'wrong'))).rejects.toMatchObject({ responseCode: 535 })
    await expect(send()).rejects.toMatchObject({ responseCode: 530 })
  },
)

const steps: SmtpStep[] = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'body', 'dot']

test.each(steps)('closes, resets and garbles at %s', async (at) => {
  const { smtp, send } = await open()
  smtp.options.reply = ({ step }) => (step === at ? { and: 'close' } : undefined)
  await expect(send()).rejects.toThrow(/closed|unexpected/i)
  smtp.options.reply = ({ step }) => (step === at ? { and: 'reset' } : undefined)
  await expect(send()).rejects.toThrow(/ECONNRESET|closed|EPIPE/i)
  smtp.options.reply = ({ step }) => (step === at ? { reply: 'mumble\r\n', and: 'close' } : undefined)
  await expect(send()).rejects.toThrow()
})

test.each(steps)('hangs at %s, with nobody waiting for it when it closes', async (at) => {
  const { smtp, send } = await open({ reply: ({ step }) => (step === at ? { and: 'hang' } : undefined) })
  const sending = send().catch(String)
  await until(() => smtp.sessions[0]?.commands.length === expectedCommands(at))
  await smtp.close()
  expect(await sending).toMatch(/Error/)
})

test('counts the bytes of a body that is cut, and receives nothing', async () => {
  const { smtp, send } = await open({ reply: ({ step }) => (step === 'body' ? { and: 'reset' } : undefined) })
  await expect(send()).rejects.toThrow()
  await until(() => smtp.cutShort.length === 1)
  expect(smtp.cutShort[0]).toBeGreaterThan(100)
  expect(smtp.received).toEqual([])
})

test('has the mail when the connection is cut between the dot and the reply', async () => {
  const { smtp, send } = await open({ reply: ({ step }) => (step === 'dot' ? { and: 'reset' } : undefined) })
  await expect(send()).rejects.toThrow()
  expect(await smtp.mails(1)).toHaveLength(1)
})

test('does not have the mail that it refuses after the dot', async () => {
  const { smtp, send } = await open({ reply: ({ step }) => (step === 'dot' ? '554 5.7.1 Spam' : undefined) })
  await expect(send()).rejects.toMatchObject({ responseCode: 554 })
  expect(smtp.received).toEqual([])
})

test('refuses one recipient and takes the other', async () => {
  const { smtp, send } = await open({
    reply: ({ address }) => (address === 'c@example.com' ? '550 5.1.1 Who?' : undefined),
  })
  expect(await send()).toMatchObject({ accepted: ['b@example.com'], rejected: ['c@example.com'] })
  expect((await smtp.mails(1))[0]?.to).toEqual(['b@example.com'])
})

test('delays a reply until a promise resolves', async () => {
  const held = Promise.withResolvers<undefined>()
  const { smtp, send } = await open({ reply: ({ step }) => (step === 'dot' ? held.promise : undefined) })
  const sending = send()
  await until(() => smtp.commands.includes('.'))
  expect(smtp.received).toEqual([])
  held.resolve(undefined)
  expect(await sending).toMatchObject({ response: '250 2.0.0 Ok: received' })
})

test('refuses a mail that declares more than the greatest size', async () => {
  const { send } = await open({ maxSize: 100 })
  await expect(send({ envelope: { from: 'a@example.com', to: 'b@example.com', size: 101 } })).rejects.toThrow(
    /too big|size/i,
  )
})

test('`until` says what it waited for in vain, and what it saw', async () => {
  await expect(until(() => 0, { timeout: 10, what: 'a miracle' })).rejects.toThrow(
    /10 ms in vain for: a miracle.*was 0/,
  )
})

async function open(
  options: SmtpOptions = {},
): Promise<{ smtp: SmtpServer; send: (extra?: object) => Promise<unknown> }> {
  const smtp = await startSmtp(options)
  opened.push(smtp)
  const send = async ({ envelope, ...login }: { envelope?: SendMailOptions['envelope'] } = {}) => {
    const server = { host: '127.0.0.1', port: smtp.port, secure: options.tls === 'implicit' }
    return createTransport({ ...server, tls: { ca: smtp.ca }, ...login }).sendMail({
      ...mail,
      ...(envelope && { envelope }),
    })
  }
  return { smtp, send }
}

function login(method: string, secret: string): object {
  return method === 'XOAUTH2'
    ? { auth: { type: 'OAuth2', user: 'jo', accessToken: secret } }
    : { auth: { user: 'jo', pass: secret }, authMethod: method }
}

function expectedCommands(at: SmtpStep): number {
  return { greeting: 0, EHLO: 1, MAIL: 2, RCPT: 3, DATA: 5, body: 5, dot: 6 }[at as string] ?? -1
}
