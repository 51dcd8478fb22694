import { EventEmitter, once } from 'node:events'
import { Socket } from 'node:net'
import { Readable, Transform } from 'node:stream'
import { createTransport } from 'nodemailer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import SMTPTransport from 'nodemailer/lib/smtp-transport'
import { afterEach, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { RST } from './support/dispatch.ts'
import { type SmtpScript, startSmtp } from './support/smtp.ts'

// What our lane stands on in Nodemailer beyond its documentation. If one of these fails after an upgrade, read transports/smtp/ before you go on.

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function connection(script?: SmtpScript) {
  const smtp = await startSmtp(script ? { reply: script } : {})
  const client = new SMTPConnection({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true })
  opened.push(smtp, client)
  client.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => client.connect((error) => (error ? reject(error) : resolve())))
  return { smtp, client }
}

function send(client: SMTPConnection, envelope: object, body: Readable) {
  return new Promise<{ error: unknown; info: unknown }>((resolve) =>
    client.send(envelope, body, (error, info) => resolve({ error, info })),
  )
}

test('the version is pinned exactly, for all this may change with any release', () => {
  expect(manifest.dependencies.nodemailer).toMatch(/^\d+\.\d+\.\d+$/)
})

test('a body stream is piped into a Transform, and only when the server waits for it', async () => {
  const { smtp, client } = await connection()
  const body = Readable.from([Buffer.from('Subject: x\r\n\r\nx\r\n')])
  const piped: unknown[] = []
  const pipe = body.pipe.bind(body)
  body.pipe = (target) => {
    piped.push(target instanceof Transform, smtp.sessions[0]?.commands.at(-1))
    return pipe(target)
  }
  await send(client, { from: 'a@x.test', to: ['b@x.test'] }, body)
  expect(piped).toEqual([true, 'DATA'])
})

test('the envelope that was passed in carries the refusals, also when the connection breaks later', async () => {
  const { client } = await connection(({ step, line }) =>
    step === 'dot' ? RST : line.includes('gone') ? '550 5.1.1 Gone' : undefined,
  )
  const envelope = { from: 'a@x.test', to: ['gone@x.test', 'ok@x.test'] }
  const { error } = await send(client, envelope, Readable.from([Buffer.from('x')]))
  expect(error).not.toHaveProperty('responseCode')
  expect(envelope).toMatchObject({
    accepted: ['ok@x.test'],
    rejectedErrors: [{ recipient: 'gone@x.test', responseCode: 550 }],
  })
})

test('a stream that fails ends the send with ESTREAM and leaves the connection to us', async () => {
  const { client } = await connection()
  const body = new Readable({
    read() {
      this.destroy(new Error('broken'))
    },
  })
  const { error } = await send(client, { from: 'a@x.test', to: ['b@x.test'] }, body)
  expect(error).toMatchObject({ code: 'ESTREAM', message: 'broken' })
  expect(client.destroyed).toBe(false)
})

test('close() forgets the send under way and emits end, quit() and reset() exist, the socket can be reached', async () => {
  const { client } = await connection()
  expect(client).toBeInstanceOf(EventEmitter)
  expect(client._socket).toBeInstanceOf(Socket)
  expect(client.allowsAuth).toBe(false)
  await new Promise<void>((resolve, reject) => client.reset((error) => (error ? reject(error) : resolve())))
  const ended = once(client, 'end')
  client.close()
  await ended
  expect(client.destroyed).toBe(true)
})

test("its transport resolves URL, service and credentials, and makes OAuth2's token generator", () => {
  const { transporter } = createTransport({
    url: 'smtps://u:p%40ss@mail.example.com:4650?tls.servername=x.test',
  })
  expect(transporter).toBeInstanceOf(SMTPTransport)
  const plain = transporter as SMTPTransport
  expect(plain.options).toMatchObject({
    host: 'mail.example.com',
    port: 4650,
    secure: true,
    tls: { servername: 'x.test' },
  })
  expect(plain.getAuth()).toMatchObject({ credentials: { user: 'u', pass: 'p@ss' } })
  const oauth = createTransport({ service: 'Gmail', auth: { type: 'OAuth2', user: 'u', accessToken: 't' } })
    .transporter as SMTPTransport
  expect(oauth.options.host).toBe('smtp.gmail.com')
  expect(oauth.getAuth()).toMatchObject({ method: 'XOAUTH2', oauth2: expect.anything() })
})

test('a proxy becomes a getSocket of the Mail object', () => {
  expect(createTransport({ host: 'mail.example.com', proxy: 'http://127.0.0.1:3128' }).getSocket).toBeTypeOf(
    'function',
  )
})
