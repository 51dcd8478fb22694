import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { SmtpOptions } from '../src/transports/smtp/options.ts'
import { deliverTo, plainMime, summary } from './support/dispatch.ts'
import { closing, laneAt } from './support/lane.ts'
import { type SmtpScript, startSmtp } from './support/smtp.ts'

// smtp-server warns of its own test certificate at every start.
beforeAll(() => void vi.spyOn(console, 'error').mockReturnValue())
afterAll(() => void vi.restoreAllMocks())

/** A real SMTP server with TLS and logins; user `app`, password `let me in`, token `valid`. */
async function realServer(options: SMTPServerOptions = {}) {
  const logins: string[] = []
  const bodies: Buffer[] = []
  const secured: boolean[] = []
  const server = new SMTPServer({
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    onAuth: ({ method, username, password, accessToken }, _, done) => {
      logins.push(method)
      const right = password === 'let me in' || accessToken === 'valid'
      if (right) return done(null, { user: username })
      return accessToken
        ? done(null, { data: { status: '401' } })
        : done(new Error('Invalid username or password'))
    },
    onData: (stream, session, done) => {
      secured.push(session.secure)
      buffer(stream).then((body) => done(null, `Ok ${bodies.push(body)}`), done)
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  closing({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) })
  return { port: (server.server.address() as AddressInfo).port, logins, bodies, secured }
}

const trusting = { tls: { rejectUnauthorized: false } }
const login = { auth: { user: 'app', pass: 'let me in' }, ...trusting }

test('upgrades with STARTTLS, logs in once, and says which cipher', async () => {
  const server = await realServer()
  const lane = laneAt(server.port, login)
  const outcome = await deliverTo(lane)
  await deliverTo(lane)
  expect(outcome.tls).toMatch(/^TLSv1\.[23] \S+$/)
  expect(server.secured).toEqual([true, true])
  expect(server.logins).toEqual(['PLAIN'])
})

test('speaks TLS from the start with smtps, credentials decoded from the URL', async () => {
  const server = await realServer({ secure: true })
  const url = `smtps://app:let%20me%20in@127.0.0.1:${server.port}?tls.rejectUnauthorized=false&maxConnections=3`
  const lane = laneAt(server.port, { url })
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(lane.maxConnections).toBe(3)
  expect(server.logins).toEqual(['PLAIN'])
})

test('a certificate that cannot be trusted is a fault of the transport', async () => {
  const server = await realServer({ secure: true })
  const outcome = await deliverTo(laneAt(server.port, { secure: true }))
  expect(outcome).toMatchObject({ recipients: [], fault: { kind: 'tls' } })
})

test.each([
  [
    'STARTTLS is refused',
    (({ step }) => (step === 'STARTTLS' ? '454 4.7.0 Not available' : undefined)) satisfies SmtpScript,
  ],
  [
    'STARTTLS is not offered but required',
    (({ step }) => (step === 'STARTTLS' ? '502 5.5.1 No' : undefined)) satisfies SmtpScript,
  ],
])('%s: a TLS fault, and no mail in clear text', async (_, script) => {
  const smtp = closing(await startSmtp({ reply: script, extensions: ['PIPELINING'] }))
  expect(summary(await deliverTo(laneAt(smtp.port, { requireTLS: true })))).toBe('fault:tls')
  expect(smtp.received).toEqual([])
})

test('logs in with LOGIN where asked to', async () => {
  const server = await realServer()
  expect(summary(await deliverTo(laneAt(server.port, { ...login, authMethod: 'LOGIN' })))).toBe('accepted')
  expect(server.logins).toEqual(['LOGIN'])
})

test('logs in with OAuth2, renews a token that the server refuses, and shares it between connections', async () => {
  const server = await realServer()
  const asked: boolean[] = []
  const provisionCallback = (_: string, renew: boolean, done: (error: null, token: string) => void) => {
    asked.push(renew)
    done(null, renew ? 'valid' : 'stale')
  }
  const lane = laneAt(server.port, {
    auth: { type: 'OAuth2', user: 'app', provisionCallback },
    ...trusting,
    maxMessages: 1,
  })
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(asked).toEqual([false, true])
})

test('a token that cannot be had is an authentication fault', async () => {
  const server = await realServer()
  const provisionCallback = (_: string, __: boolean, done: (error: Error) => void) =>
    done(new Error('consent was withdrawn'))
  const outcome = await deliverTo(
    laneAt(server.port, { auth: { type: 'OAuth2', user: 'app', provisionCallback }, ...trusting }),
  )
  expect(outcome.fault).toMatchObject({ kind: 'authentication', message: 'consent was withdrawn' })
})

test('a refused password is an authentication fault, and verify() says so', async () => {
  const server = await realServer()
  const lane = laneAt(server.port, { auth: { user: 'app', pass: 'wrong' }, ...trusting })
  expect(await deliverTo(lane)).toMatchObject({
    recipients: [],
    fault: { kind: 'authentication', reply: { code: 535 } },
    errorCode: 'EAUTH',
  })
  await expect(lane.verify()).rejects.toThrow('Invalid login')
})

test('verify() logs in and sends nothing', async () => {
  const server = await realServer()
  await laneAt(server.port, login).verify()
  expect([server.logins.length, server.bodies.length]).toEqual([1, 0])
})

test('a mail larger than the server takes is rejected before a byte leaves', async () => {
  const smtp = closing(await startSmtp({ maxSize: 100 }))
  const outcome = await deliverTo(laneAt(smtp.port), { mime: 'x'.repeat(101) })
  expect(summary(outcome)).toBe('rejected')
  expect(smtp.sessions[0]?.commands.some((command) => command.startsWith('MAIL'))).toBe(false)
})

test('announces size, 8-bit, internationalised addresses and notification wishes where the server knows them', async () => {
  const smtp = closing(await startSmtp())
  const dsn = {
    id: 'envelope 1',
    return: 'headers',
    notify: ['success', 'failure'],
    recipient: 'rfc822;ü@example.net',
  }
  await deliverTo(laneAt(smtp.port), { to: ['ü@example.net'], envelope: { use8BitMime: true, dsn } })
  const [, mail, rcpt] = smtp.sessions[0]?.commands ?? []
  expect(mail).toBe(
    `MAIL FROM:<app@example.com> SMTPUTF8 BODY=8BITMIME SIZE=${plainMime.length} RET=HDRS ENVID=envelope+201`,
  )
  expect(rcpt).toMatch(/^RCPT TO:<ü@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;/)
})

test('sends the null sender', async () => {
  const smtp = closing(await startSmtp())
  await deliverTo(laneAt(smtp.port), { from: false })
  expect(smtp.sessions[0]?.commands[1]).toMatch(/^MAIL FROM:<> /)
})

test('a mail that insists on REQUIRETLS waits, and rests no transport', async () => {
  const smtp = closing(await startSmtp())
  const lane = laneAt(smtp.port, { maxConnections: 1 })
  expect(summary(await deliverTo(lane, { envelope: { requireTLSExtensionEnabled: true } }))).toBe('deferred')
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.sessions).toHaveLength(1)
})

test('LMTP gives every recipient the verdict on the message', async () => {
  const server = await realServer({
    lmtp: true,
    authOptional: true,
    onData: (stream, session, done) => {
      stream.resume()
      const answers = session.envelope.rcptTo.map(({ address }) =>
        address.startsWith('full') ? Object.assign(new Error('Full'), { responseCode: 452 }) : 'Ok',
      )
      stream.on('end', () => done(null, answers as unknown as string))
    },
  })
  const { recipients } = await deliverTo(laneAt(server.port, { lmtp: true, ...trusting }), {
    to: ['full@a.test', 'ok@a.test'],
  })
  expect(recipients.map(({ verdict }) => verdict)).toEqual(['deferred', 'accepted'])
})

test('connects through getSocket', async () => {
  const smtp = closing(await startSmtp())
  const { connect } = await import('node:net')
  const getSocket: NonNullable<SmtpOptions['getSocket']> = (_, done) => {
    const connection = connect(smtp.port, '127.0.0.1', () => done(null, { connection }))
  }
  const lane = laneAt(smtp.port, { host: 'does.not.exist.example', getSocket })
  expect(summary(await deliverTo(lane))).toBe('accepted')
})

test('a connection on which the server says a reply too many carries no other mail', async () => {
  let said = false
  const script: SmtpScript = ({ step }) => {
    if (step !== 'dot' || said) return undefined
    said = true
    return '250 2.0.0 Ok\r\n250 2.0.0 Ok'
  }
  const smtp = closing(await startSmtp({ reply: script }))
  const lane = laneAt(smtp.port, { maxConnections: 1 })
  const outcomes = await Promise.all(Array.from({ length: 3 }, () => deliverTo(lane)))
  expect(outcomes.map(summary)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(smtp.received).toHaveLength(3)
  expect(smtp.received.map(({ session }) => session)).toEqual([1, 2, 2])
})

test('a server that says empty lines by the million is not listened to', async () => {
  const script: SmtpScript = ({ step }) => (step === 'greeting' ? '\r\n'.repeat(1_000_000) : undefined)
  const smtp = closing(await startSmtp({ reply: script }))
  const outcome = await deliverTo(laneAt(smtp.port))
  expect(summary(outcome)).toBe('fault:connection')
  expect(outcome.fault?.message).toContain('exceeds maximum allowed size')
})
