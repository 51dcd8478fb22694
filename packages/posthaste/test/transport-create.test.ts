import { createTransport as createNodemailer } from 'nodemailer'
import { afterEach, expect, test } from 'vitest'
import { SystemClock } from '../src/clock.ts'
import { createCapture } from '../src/transports/capture.ts'
import { createTransport, limitOf, type TransportConfig } from '../src/transports/create-transport.ts'
import { deliverTo, summary } from './support/dispatch.ts'
import { startSmtp } from './support/smtp.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(
    opened
      .splice(0)
      .reverse()
      .map((one) => one.close()),
  )
})

const tools = { clock: new SystemClock() }

test.each<[string, (port: number) => TransportConfig, number]>([
  ['a URL', (port) => `smtp://127.0.0.1:${port}?ignoreTLS=true`, 10],
  ['a URL that sets options', (port) => `smtp://127.0.0.1:${port}?maxConnections=7`, 7],
  ['options', (port) => ({ host: '127.0.0.1', port, maxConnections: 3, limit: { perSecond: 5 } }), 3],
  ['options with a URL', (port) => ({ url: `smtp://127.0.0.1:${port}`, maxConnections: 4 }), 4],
  [
    'a transporter',
    (port) => createNodemailer({ host: '127.0.0.1', port, pool: true, maxConnections: 6 }) as never,
    6,
  ],
  [
    'a transporter with options',
    (port) => ({ transporter: createNodemailer({ host: '127.0.0.1', port }) as never, maxConnections: 2 }),
    2,
  ],
])('%s makes a transport that delivers', async (_, config, maxConnections) => {
  const smtp = await startSmtp()
  const transport = createTransport('main', config(smtp.port), tools)
  opened.push(smtp, transport)
  expect(transport).toMatchObject({ name: 'main', maxConnections })
  expect(summary(await deliverTo(transport))).toBe('accepted')
  expect(smtp.received).toHaveLength(1)
})

test('a well-known service needs no host', () => {
  const transport = createTransport('main', { service: 'Postmark', auth: { user: 'u', pass: 'p' } }, tools)
  opened.push(transport)
  expect(transport.name).toBe('main')
})

test('a transport of your own is used as it is, under its configured name', async () => {
  const transport = createTransport('mine', createCapture({ name: 'other', maxConnections: 2 }), tools)
  expect(transport).toMatchObject({ name: 'mine', maxConnections: 2 })
  expect(summary(await deliverTo(transport))).toBe('accepted')
})

test.each<[string, unknown, RegExp]>([
  ['another URL', 'https://api.example.com', /transports\.main\.url .*smtp:\/\//],
  ['not a URL', 'mail.example.com', /smtp:\/\//],
  ['a URL without a host', 'smtp://', /transports\.main/],
  ['nothing', {}, /no url, host or service/],
  ['null', null, /null/],
  ['a number', 25, /number/],
  ['an unknown service', { service: 'Nosuch' }, /"Nosuch" is not known/],
  ["Nodemailer's sendmail options", { sendmail: true }, /createTransport\(options\)/],
  ['a raw Nodemailer plugin', { name: 'x', send: () => undefined }, /createTransport\(options\)/],
  ['no connections', { host: 'mail.example.com', maxConnections: 0 }, /maxConnections/],
  ['a number that is none', 'smtp://mail.example.com?maxMessages=many', /maxMessages/],
  ['a transporter that is none', { transporter: {} }, /not a Nodemailer transporter/],
])('%s is refused, naming the transport', (_, config, message) => {
  const make = () => createTransport('main', config as TransportConfig, tools)
  expect(make).toThrow('PH_CONFIG')
  expect(make).toThrow(/transports\.main/)
  expect(make).toThrow(message)
})

test('the limit of a configuration value can be read', () => {
  expect(limitOf({ host: 'x.test', limit: { perMinute: 30 } })).toEqual({ perMinute: 30 })
  expect(limitOf('smtp://x.test')).toBeUndefined()
})
