import { expect, test } from 'vitest'
import { callHere } from '../support/cli.ts'
import { letter } from '../support/line.ts'
import { answer } from '../support/smtp/answers.ts'
import { age, type SqliteLine, sqliteLine } from '../support/sqlite-line.ts'
import { until } from '../support/wait.ts'

const day = 86_400_000
const refused = { reply: answer('RCPT', '550 5.1.1 no such user', { address: 'gone@example.com' }) }

test('purge_mail_log DAYS: success by default, and nothing that is younger', async () => {
  await using line = await withOneOfEach()
  age(line, 8 * day)
  const { id: young } = await line.mail.enqueue(letter('young@example.com'))
  await line.mail.deliverDue()
  expect(await purge(line)).toEqual({ deleted: 1 })
  expect(await line.mail.get(young)).toMatchObject({ state: 'sent' })
  expect(await line.mail.count({ state: 'failed' })).toBe(1)
  expect(await line.mail.count({ state: 'suppressed' })).toBe(1)
})

test('purge_mail_log -r failure: failed mail goes, with suppressed and cancelled mail, which it never deleted', async () => {
  await using line = await withOneOfEach()
  age(line, 8 * day)
  expect(await purge(line, '--state', 'failed')).toEqual({ deleted: 2 })
  expect(await line.mail.count({ state: 'sent' })).toBe(1)
})

test('purge_mail_log -r all: everything that is finished, its history too, and nothing that is queued', async () => {
  await using line = await withOneOfEach()
  age(line, 8 * day)
  const { id } = await line.mail.enqueue(letter('ada@example.com'), { delay: '1d' })
  expect(await purge(line, '--state', 'all')).toEqual({ deleted: 3 })
  expect((await line.mail.find({ all: true })).items.map((mail) => mail.id)).toEqual([id])
})

test('Cron jobs of the docs: a worker purges by its retention, each stream by its own, and expires what is late', async () => {
  await using line = await sqliteLine({
    retention: { sent: '7d' },
    streams: { audit: { retention: { sent: 'forever' } } },
  })
  const gone = await line.mail.enqueue(letter('ada@example.com'))
  const kept = await line.mail.enqueue(letter('ada@example.com'), { stream: 'audit' })
  await line.mail.deliverDue()
  age(line, 8 * day)
  const late = await line.mail.enqueue(letter('ada@example.com'), { delay: '1d', expiresIn: '1d' })
  line.tamper('update posthaste_delivery set expires_at = 1 where mail_id = ?', late.id)
  await using worker = line.mail.worker()
  await worker.start()
  await until(async () => (await line.mail.get(gone.id)) === undefined)
  expect(await line.mail.get(late.id)).toMatchObject({ state: 'failed', reason: 'expired' })
  expect(await line.mail.get(kept.id)).toMatchObject({ state: 'sent' })
})

test('MAILER_EMAIL_LOG_MESSAGE_DATA=False: bodies go at once with sensitive, or on a clock of their own, and the record keeps its dates', async () => {
  await using line = await sqliteLine({ retention: { bodies: '1d' } })
  const sensitive = await line.mail.enqueue(letter('ada@example.com'), { sensitive: true })
  const plain = await line.mail.enqueue(letter('ada@example.com'))
  await line.mail.deliverDue()
  const before = await line.mail.get(sensitive.id)
  expect(before).toMatchObject({
    state: 'sent',
    hasBody: false,
    subject: '',
    createdAt: expect.any(Date),
  })
  expect(await line.mail.get(plain.id)).toMatchObject({ hasBody: true })
  age(line, 2 * day)
  await using worker = line.mail.worker()
  await worker.start()
  await until(async () => (await line.mail.get(plain.id))?.hasBody === false)
  expect(await line.mail.attempts(plain.id)).toHaveLength(1)
})

/** One sent, one failed and one suppressed mail. */
async function withOneOfEach(): Promise<SqliteLine> {
  const line = await sqliteLine({}, refused)
  await line.mail.suppressions.add('no@example.com')
  for (const name of ['ada', 'gone', 'no']) await line.mail.enqueue(letter(`${name}@example.com`))
  await line.mail.deliverDue()
  return line
}

async function purge({ url }: SqliteLine, ...more: string[]) {
  const args = ['purge', '--older-than', '7d', '--yes', '--json', ...more]
  const { stdout } = await callHere(args, { env: { POSTHASTE_DATABASE_URL: url } })
  return JSON.parse(stdout)
}
