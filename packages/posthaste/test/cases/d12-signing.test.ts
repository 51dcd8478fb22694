import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport as createNodemailer } from 'nodemailer'
import { createTransport as createNodemailer6 } from 'nodemailer6'
import { createTransport as createNodemailer9 } from 'nodemailer9'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMailQueue, type QueueConfig } from '../../src/index.ts'
import { describeEachDatabase, freshDatabase } from '../support/databases.ts'
import { dkim, verified } from '../support/dkim.ts'
import { letter, openLine } from '../support/line.ts'
import { type Child, workerProcess } from '../support/processes.ts'
import { type SmtpScript, type SmtpServer, startSmtp } from '../support/smtp.ts'

const megabyte = 2 ** 20

/** So large that it is sent as a stream. */
function largeLetter(megabytes = 8) {
  const content = Buffer.alloc(megabytes * megabyte, 'All work and no play makes Jack a dull boy. ')
  return letter('ada@example.com', { attachments: [{ filename: 'a.bin', content }] })
}

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-signing-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describeEachDatabase('D12: a large mail that is signed', (_kind, fresh) => {
  test('is in no file, nor when its worker is killed before all of it has left', async () => {
    const { url } = await fresh()
    const folder = await freshFolder()
    const found = new Set<string>()
    let victim: Child | undefined
    const reply: SmtpScript = ({ step }) => {
      for (const name of readdirSync(folder)) found.add(`${step}: ${name}`)
      if (step === 'body') victim?.process.kill('SIGKILL')
      return undefined
    }
    await using line = await openLine(url, {}, { reply })
    await line.mail.enqueue(largeLetter())
    vi.stubEnv('TMPDIR', folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    const signing = { ...dkim, cacheDir: folder, cacheTreshold: 1 }
    const transports = { default: { url: line.smtp.url, dkim: signing } }
    victim = await workerProcess({ database: url, transports })
    expect(await victim.ended).toBe('SIGKILL')
    expect([...found]).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  }, 120_000)
})

type Dkim = typeof dkim & { readonly cacheDir?: string; readonly cacheTreshold?: number }
type Transports = NonNullable<QueueConfig['transports']>

const given = (make: (options: never) => unknown) => (smtp: SmtpServer, signing: Dkim) =>
  make({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true, dkim: signing } as never) as Transports[string]

const ways: [string, (smtp: SmtpServer, signing: Dkim) => Transports[string]][] = [
  ['SMTP options', ({ url }, signing) => ({ url, dkim: signing })],
  ['a transporter of Nodemailer 10', given(createNodemailer)],
  ['a transporter of Nodemailer 9', given(createNodemailer9)],
  ['a transporter of Nodemailer 6', given(createNodemailer6)],
]
const folders: [string, object][] = [
  ['of the system', {}],
  ['in cacheDir', { cacheDir: '/nowhere/at/all', cacheTreshold: 1 }],
]

/** Neighbours: an app's own `cacheDir`, which Nodemailer's signer writes to, and transporters that the app has made. */
test.each(ways.flatMap(([way, make]) => folders.map(([where, more]) => [way, where, make, more] as const)))(
  'G14: %s: a large mail is signed and sent where the temporary folder %s is missing',
  async (_way, _where, make, more) => {
    const smtp = await startSmtp()
    const transports = { default: make(smtp, { ...dkim, ...more }) }
    await using mail = createMailQueue({ database: (await freshDatabase('sqlite')).url, transports })
    const { id } = await mail.enqueue(largeLetter(3))
    vi.stubEnv('TMPDIR', '/nowhere/at/all')
    onTestFinished(() => void vi.unstubAllEnvs())
    await mail.deliverDue()
    expect(await mail.attempts(id)).toMatchObject([{ outcome: 'accepted' }])
    expect(await mail.get(id)).toMatchObject({ state: 'sent', attempts: 1 })
    expect((await verified(smtp.received[0]?.raw ?? Buffer.alloc(0))).results).toEqual(['pass'])
    await smtp.close()
  },
)

const redirectTo = 'test@example.com'

/** Neighbours: whatever reads the stream of a mail, and leaves it before its end. */
test.each<[string, (smtp: SmtpServer) => Partial<QueueConfig>]>([
  ['sent as it is', ({ url }) => ({ transports: { default: url } })],
  ['redirected', ({ url }) => ({ transports: { default: url }, delivery: { redirectTo } })],
  ...ways.map(([way, make]): [string, (smtp: SmtpServer) => Partial<QueueConfig>] => [
    `signed (${way})`,
    (smtp) => ({ transports: { default: make(smtp, dkim) } }),
  ]),
])('D12: a large mail that is %s waits when its connection breaks amid the body', async (_, config) => {
  const smtp = await startSmtp({ reply: ({ step }) => (step === 'body' ? { and: 'reset' } : undefined) })
  await using mail = createMailQueue({ database: 'sqlite::memory:', ...config(smtp) } as QueueConfig)
  const { id } = await mail.enqueue(largeLetter())
  await mail.deliverDue()
  expect(smtp.cutShort).toHaveLength(1)
  expect(await mail.get(id)).toMatchObject({ state: 'queued', attempts: 1 })
  await smtp.close()
})
