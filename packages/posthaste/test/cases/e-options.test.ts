import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createMailQueue, type QueueConfig } from '../../src/index.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { startSmtp } from '../support/smtp.ts'

const to = 'ada@example.com'
const secret = 'hunter2-s3cr3t'

/** Neighbours: every place of the configuration and of the options where a credential may stand by mistake. */
test.each<object>([
  { transports: `smtp://u:${secret}@h.test` },
  { transports: { default: { url: `http://u:${secret}@h.test` } } },
  { transports: { default: { host: 'h.test', auth: { user: 'u', pass: [secret] } } } },
  { transports: { default: { host: 'h.test', auth: `u:${secret}@x` } } },
  { transports: { default: { host: 'h.test', proxy: [`http://u:${secret}@p.test`] } } },
  { delivery: `smtp://u:${secret}@h.test` },
  { render: `https://${secret}@x` },
  { streams: { a: { transport: { pass: secret } } } },
  {
    get transports() {
      throw new Error(secret)
    },
  },
])('E5 a refusal of the configuration never repeats what may be a secret (%#)', async (config) => {
  const refused = createMailQueue(descriptors(config) as QueueConfig).enqueue(letter(to))
  await expect(refused).rejects.toMatchObject({ code: 'PH_CONFIG' })
  await expect(refused).rejects.not.toThrow(secret)
})

function descriptors(config: object): object {
  return Object.defineProperties({ database: 'sqlite::memory:' }, Object.getOwnPropertyDescriptors(config))
}

/** Neighbours: a server that wants no login; verify(); the user's own yes. A host that is not this machine is played by a socket of the app's. */
test.each<[string, { auth?: () => boolean }, object, boolean]>([
  ['a login is asked for', { auth: () => true }, {}, false],
  ['no login is asked for', {}, {}, false],
  ['the user allows it', { auth: () => true }, { allowInsecureAuth: true }, true],
])(
  'E6 a login, and mail of a transport that has one, crosses no line without TLS: %s',
  async (_, server, more, sent) => {
    await using smtp = disposable(await startSmtp(server))
    const { url } = await freshDatabase('sqlite')
    const getSocket = (
      _options: unknown,
      done: (error: Error | null, socket: { connection: unknown }) => void,
    ) => {
      const connection = connect(smtp.it.port, '127.0.0.1', () => done(null, { connection }))
    }
    const remote = { host: 'mail.example.com', getSocket, auth: { user: 'u', pass: secret }, ...more }
    await using mail = createMailQueue({ database: url, transports: { default: remote as never } })
    const { id } = await mail.enqueue(letter(to))
    const counts = await mail.deliverDue()
    expect(counts.sent).toBe(sent ? 1 : 0)
    expect(smtp.it.commands.some((command) => /^(AUTH|MAIL)/i.test(command))).toBe(sent)
    if (!sent) expect((await mail.get(id))?.state).toBe('queued')
  },
)

test('E6 this machine needs no TLS', async () => {
  await using smtp = disposable(await startSmtp({ auth: () => true }))
  await using mail = createMailQueue({
    database: (await freshDatabase('sqlite')).url,
    transports: { default: smtp.it.url.replace('//', `//u:${secret}@`) },
  })
  await mail.enqueue(letter(to))
  expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
})

function disposable<T extends { close(): Promise<void> }>(it: T) {
  return { it, [Symbol.asyncDispose]: () => it.close() }
}
