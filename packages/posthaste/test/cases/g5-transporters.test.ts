import { createTransport as createNodemailer } from 'nodemailer'
import { createTransport as createNodemailer6 } from 'nodemailer6'
import { createTransport as createNodemailer9 } from 'nodemailer9'
import { expect, test } from 'vitest'
import { createMailQueue, type QueueConfig } from '../../src/index.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'

type Make = (options: object) => unknown

const versions: [string, Make][] = [
  ['10', (options) => createNodemailer(options)],
  ['9', (options) => createNodemailer9(options)],
  ['6', (options) => createNodemailer6(options)],
]

const failures: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('no consent')
    },
  ],
  ['rejects', async () => Promise.reject(new Error('no consent'))],
]

const each = versions.flatMap(([version, make]) =>
  failures.flatMap(([way, fails]) => [false, true].map((pool) => [version, way, pool, make, fails] as const)),
)

test.each(each)(
  'G5: a transporter of Nodemailer %s whose provisionCallback %s (pool: %s) is a fault of its transport; other mail goes',
  async (_version, _way, pool, make, provisionCallback) => {
    const smtp = await startSmtp({ auth: () => true })
    const other = await startSmtp()
    const transporter = make({
      host: '127.0.0.1',
      port: smtp.port,
      ignoreTLS: true,
      pool,
      auth: { type: 'OAuth2', user: 'app', provisionCallback },
    })
    await using mail = createMailQueue({
      database: (await freshDatabase('sqlite')).url,
      transports: { default: other.url, own: transporter },
      streams: { own: { transport: 'own' } },
    } as QueueConfig)
    const { id } = await mail.enqueue(letter('ada@example.com'), { stream: 'own', priority: 'high' })
    await mail.enqueue(letter('bob@example.com'))
    await mail.deliverDue()
    expect(other.received).toHaveLength(1)
    expect(await mail.get(id)).toMatchObject({ state: 'queued' })
    const [attempt] = await mail.attempts(id)
    expect(attempt).toMatchObject({ outcome: 'fault', transport: 'own' })
    expect(attempt?.reply).toContain('no consent')
    await Promise.all([smtp.close(), other.close()])
  },
)

/** Neighbours: the other functions that Nodemailer calls in a socket's handler. */
test.each(
  failures.flatMap(([way, fails]) => ['customAuth', 'getSocket'].map((name) => [name, way, fails] as const)),
)('G5: a %s of a given transporter that %s is a fault of its transport', async (name, _way, fails) => {
  const smtp = await startSmtp({ auth: () => true })
  const functions =
    name === 'getSocket'
      ? { getSocket: fails }
      : { customAuth: { OWN: fails }, authMethod: 'OWN', forceAuth: true, auth: { user: 'app', pass: 'x' } }
  const transporter = createNodemailer({
    host: '127.0.0.1',
    port: smtp.port,
    ignoreTLS: true,
    ...functions,
  } as object)
  await using mail = createMailQueue({
    database: (await freshDatabase('sqlite')).url,
    transports: { default: transporter },
  } as QueueConfig)
  const { id } = await mail.enqueue(letter('ada@example.com'))
  await mail.deliverDue()
  expect((await mail.attempts(id))[0]?.reply).toContain('no consent')
  await smtp.close()
})
