import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { SendMailOptions } from 'nodemailer'
import { createTransport as createNodemailer } from 'nodemailer'
import { afterEach, expect, test } from 'vitest'
import { SystemClock } from '../src/clock.ts'
import { everyRecipient } from '../src/outcome.ts'
import { createCapture } from '../src/transports/capture.ts'
import { createRedirect, type Redirect } from '../src/transports/redirect.ts'
import { createSmtpLane } from '../src/transports/smtp/lane.ts'
import type { Dispatch, Transport } from '../src/transports/transport.ts'
import { createTransporterTransport } from '../src/transports/transporter.ts'
import { type DispatchParts, deliverTo, plainMime, summary } from './support/dispatch.ts'
import { type SmtpScript, startSmtp } from './support/smtp.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(
    opened
      .splice(0)
      .reverse()
      .map((one) => one.close()),
  )
})

const toDev: Redirect = {
  redirectTo: 'Dev <dev@example.com>',
  allow: ['@allowed.example', 'qa-*@corp.example', 'boss@corp.example'],
}

async function redirectedLane(script?: SmtpScript) {
  const smtp = await startSmtp(script ? { reply: script } : {})
  const lane = createSmtpLane({
    name: 'main',
    smtp: { host: '127.0.0.1', port: smtp.port },
    clock: new SystemClock(),
  })
  opened.push(smtp, lane)
  return { smtp, transport: createRedirect(lane, toDev) }
}

/** What a transport behind the redirect is given. */
async function seen(parts: DispatchParts): Promise<Dispatch> {
  let given: Dispatch | undefined
  const deliver: Transport['deliver'] = async (dispatch) => {
    given = dispatch
    return { type: 'answered', recipients: everyRecipient(dispatch.envelope.to, 'accepted') }
  }
  await deliverTo(createRedirect({ ...createCapture({ name: 'main' }), deliver }, toDev), parts)
  if (!given) throw new Error('nothing was delivered')
  return given
}

test('every recipient becomes the target, once, and the outcome speaks of the originals', async () => {
  const { smtp, transport } = await redirectedLane()
  const { recipients } = await deliverTo(transport, { to: ['a@real.example', 'b@real.example'] })
  expect(smtp.received.map(({ to }) => to)).toEqual([['dev@example.com']])
  expect(smtp.received[0]?.raw.toString()).toMatch(
    /^X-Posthaste-Original-To: a@real\.example,\r\n b@real\.example\r\nFrom: app@example\.com\r\n/,
  )
  expect(recipients.map(({ address, verdict }) => [address, verdict])).toEqual([
    ['a@real.example', 'accepted'],
    ['b@real.example', 'accepted'],
  ])
})

test('allowed recipients get theirs, and keep a verdict of their own', async () => {
  const { smtp, transport } = await redirectedLane(({ step, line }) =>
    step === 'RCPT' && line.includes('qa-') ? '550 5.1.1 Gone' : undefined,
  )
  const { recipients } = await deliverTo(transport, {
    to: ['qa-7@corp.example', 'x@ALLOWED.example', 'real@person.example'],
  })
  expect(smtp.received[0]?.to).toEqual(['x@ALLOWED.example', 'dev@example.com'])
  expect(recipients.map(({ verdict }) => verdict)).toEqual(['rejected', 'accepted', 'accepted'])
})

test('mail for allowed recipients alone is left as it is', async () => {
  const { smtp, transport } = await redirectedLane()
  await deliverTo(transport, { to: ['boss@corp.example'] })
  expect(smtp.received[0]?.raw.toString()).toBe(plainMime)
})

test.each([
  'boss@corp.example.evil.test',
  'notboss@corp.example',
  'x@notallowed.example',
  'x@allowed.example@evil.test',
  'qa-1@evil.test@corp.example',
])('%s is not allowed by a pattern that only looks alike', async (address) => {
  expect((await seen({ to: [address] })).envelope.to).toEqual(['dev@example.com'])
})

test('a streamed body keeps streaming, its announced size grown by the header', async () => {
  const dispatch = await seen({
    to: ['a@real.example'],
    mime: () => Readable.from([Buffer.from(plainMime)]),
    envelope: { size: plainMime.length },
  })
  const body = await text((await dispatch.mime()) as Readable)
  expect(body).toBe(`X-Posthaste-Original-To: a@real.example\r\n${plainMime}`)
  expect(dispatch.envelope.size).toBe(body.length)
})

test('delivery notifications do not name the real person', async () => {
  expect(
    (await seen({ to: ['a@real.example'], envelope: { dsn: { orcpt: 'rfc822;a@real.example' } } })).envelope
      .dsn,
  ).toBeUndefined()
})

test.each<[string, SendMailOptions & Record<string, unknown>]>([
  [
    'text, groups and lists',
    {
      to: 'A <a@real.example>, Team: b@real.example, c@real.example;',
      cc: [{ name: 'D', address: 'd@real.example' }],
      bcc: ['e@real.example'],
    },
  ],
  ['a group object', { to: { name: 'Team', group: [{ name: 'A', address: 'a@real.example' }] } as never }],
  [
    'an envelope',
    {
      to: 'x@allowed.example',
      envelope: { from: 'app@example.com', to: ['a@real.example'], cc: 'b@real.example' },
    },
  ],
  ["SendGrid's personalizations", { personalizations: [{ to: [{ email: 'a@real.example' }] }] }],
  ['SES destinations', { ses: { Destination: { ToAddresses: ['A <a@real.example>', 'b@real.example'] } } }],
  ["a provider's own list", { 'X-Other-To': 'a@real.example, b@real.example' }],
])('no real person is left in structured mail: %s', async (_, message) => {
  const given = await (await seen({ to: ['a@real.example'], message })).message()
  const { headers, ...rest } = given
  expect(JSON.stringify(rest)).not.toContain('real.example')
  expect(JSON.stringify(rest.to)).toContain('dev@example.com')
  expect(headers).toMatchObject({ 'X-Posthaste-Original-To': 'a@real.example' })
})

test('structured mail keeps names and fields of allowed recipients, and its content', async () => {
  const message = {
    to: 'Boss <boss@corp.example>',
    cc: 'A <a@real.example>',
    text: 'Write to a@real.example',
    replyTo: 'help@real.example',
  }
  const given = await (await seen({ to: ['boss@corp.example', 'a@real.example'], message })).message()
  expect(given).toMatchObject({
    to: [{ name: 'Boss', address: 'boss@corp.example' }, 'dev@example.com'],
    cc: [],
    text: message.text,
    replyTo: message.replyTo,
  })
})

test('reaches nobody real through a transporter either', async () => {
  const smtp = await startSmtp()
  const transporter = createNodemailer({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true })
  opened.push(smtp)
  for (const content of ['mime', 'structured'] as const) {
    const own = createTransporterTransport({ name: 'own', transporter: transporter as never, content })
    await deliverTo(createRedirect(own, toDev), {
      to: ['a@real.example'],
      message: { to: 'a@real.example', bcc: 'b@real.example' },
    })
  }
  expect(smtp.received.map(({ to }) => to)).toEqual([['dev@example.com'], ['dev@example.com']])
})

test.each(['', 'nobody', 'a@x.test, b@x.test'])('redirectTo %j is refused', (redirectTo) => {
  expect(() => createRedirect(createCapture({ name: 'main' }), { redirectTo })).toThrow(/PH_/)
})

test('capture accepts everything, says so, and sends nothing', async () => {
  const outcome = await deliverTo(createCapture({ name: 'main' }), { to: ['a@real.example'] })
  expect(summary(outcome)).toBe('accepted')
  expect(outcome.reply?.text).toContain('not sent')
})
