import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Mail } from '../../src/mail/mail.ts'
import { letter } from '../support/line.ts'
import { answer } from '../support/smtp/answers.ts'
import { type SqliteLine, sqliteLine } from '../support/sqlite-line.ts'

test('W16: a mail that cannot be read fails with its reason and is kept, and the next goes out', async () => {
  await using line = await sqliteLine({ render: 'deliver' })
  const cut = await line.mail.enqueue(letter('cut@example.com'))
  const gone = await line.mail.enqueue(letter('gone@example.com'))
  const good = await line.mail.enqueue(letter('good@example.com'))
  line.tamper('update posthaste_body set document = substr(document, 1, 40) where mail_id = ?', cut.id)
  line.tamper('delete from posthaste_body where mail_id = ?', gone.id)
  expect(await line.mail.deliverDue({ concurrency: 1 })).toMatchObject({ sent: 1, failed: 2 })
  for (const { id } of [cut, gone]) {
    expect(await line.mail.get(id)).toMatchObject({ state: 'failed', reason: 'unreadable' })
    expect(await line.mail.attempts(id)).toMatchObject([{ outcome: 'unreadable' }])
  }
  expect(await line.mail.get(good.id)).toMatchObject({ state: 'sent' })
})

test('W16: a row of which a part was deleted by hand fails too, and holds up nothing', async () => {
  await using line = await sqliteLine()
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  line.tamper('pragma foreign_keys = off')
  line.tamper('delete from posthaste_recipient where mail_id = ?', id)
  await line.mail.enqueue(letter('bob@example.com'))
  expect(await line.mail.deliverDue({ concurrency: 1 })).toMatchObject({ sent: 1 })
  expect(await line.mail.get(id)).toMatchObject({ state: 'failed', reason: 'unreadable' })
})

test('W17: what is stored is JSON with a version, read as data and never run; what is no data is refused when it is queued', async () => {
  await using line = await sqliteLine()
  const { id } = await line.mail.enqueue({
    ...letter('ada@example.com'),
    provider: { templateId: 7, unknownOption: { deep: ['kept'] } },
  })
  const document = JSON.parse(documentOf(line, id))
  expect(document).toMatchObject({
    v: 1,
    mail: { provider: { templateId: 7, unknownOption: { deep: ['kept'] } } },
  })
  const withFunction = { ...letter('ada@example.com'), provider: { hook: () => 'run me' } } as Mail
  await expect(line.mail.enqueue(withFunction)).rejects.toMatchObject({ code: 'PH_NOT_STORABLE' })
})

test('W17: a mail that a later version wrote waits, untouched, for a worker that can read it; one of no known version fails and says so', async () => {
  await using line = await sqliteLine({ render: 'deliver' })
  const newer = await line.mail.enqueue(letter('ada@example.com'))
  const older = await line.mail.enqueue(letter('bob@example.com'))
  writeVersion(line, newer.id, 2)
  writeVersion(line, older.id, 0)
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 0, failed: 1 })
  expect(await line.mail.get(newer.id)).toMatchObject({ state: 'queued', attempts: 0 })
  expect(await line.mail.get(older.id)).toMatchObject({ state: 'failed', reason: 'unreadable' })
  expect((await line.mail.attempts(older.id))[0]?.reply).toMatch(/version 0/)
  writeVersion(line, newer.id, 1)
  await line.mail.retry({ id: newer.id })
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
})

test('W17: a Message-ID of the provider is kept beside ours, which need not be in its way', async () => {
  const given: Record<string, unknown>[] = []
  const sendMail = async (mail: Record<string, unknown>) => {
    given.push(mail)
    return { messageId: '<esp-1@provider.example>', accepted: [mail.to], rejected: [], response: 'OK esp-1' }
  }
  await using line = await sqliteLine({ transports: { default: { sendMail } as never } })
  const { id, messageId } = await line.mail.enqueue({
    ...letter('ada@example.com'),
    provider: { templateId: 7 },
  })
  await line.mail.deliverDue()
  expect(given).toMatchObject([{ templateId: 7, messageId }])
  expect(await line.mail.attempts(id)).toMatchObject([{ serverMessageId: expect.stringContaining('esp-1') }])
})

test('W18: a mail is found by recipient, domain, subject, Message-ID, tag and tenant, whatever its state', async () => {
  await using line = await sqliteLine()
  const { id, messageId } = await line.mail.enqueue(
    {
      from: 'shop@example.com',
      to: 'Ada <Ada@Example.com>',
      cc: 'bob@other.example',
      subject: 'Ihre Bestellung 17',
      text: '.',
    },
    { tags: ['order-17'], tenant: 'acme' },
  )
  await line.mail.enqueue(letter('somebody@else.example'))
  await line.mail.deliverDue()
  const filters = [
    { to: 'ada@example.com' },
    { to: '@other.example' },
    { subject: 'ihre bestellung' },
    { messageId },
    { tag: 'order-17' },
    { tenant: 'acme', state: 'sent' as const },
  ]
  for (const filter of filters) expect((await line.mail.find(filter)).items).toMatchObject([{ id }])
})

test('W19: content is stored once, however often it is tried', async () => {
  await using line = await sqliteLine({}, { reply: answer('dot', '451 4.3.0 later', { times: 5 }) })
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(300_000, 7) }]
  const { id } = await line.mail.enqueue(letter('ada@example.com', { attachments }))
  const before = sizeOf(line)
  for (let n = 0; n < 5; n++) {
    await line.mail.deliverDue()
    await line.mail.retry({ id })
  }
  expect(await line.mail.attempts(id)).toHaveLength(5)
  expect(sizeOf(line) - before).toBeLessThan(100_000)
})

test('W24: a mail that the server finds too large fails at once where it says so for good', async () => {
  await using line = await sqliteLine({}, { maxSize: 100_000 })
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(200_000, 7) }]
  const { id } = await line.mail.enqueue(letter('ada@example.com', { attachments }))
  expect(await line.mail.deliverDue()).toMatchObject({ failed: 1 })
  expect(await line.mail.get(id)).toMatchObject({
    state: 'failed',
    reason: 'rejected',
    recipients: [{ state: 'rejected', reply: expect.stringMatching(/size/i) }],
  })
})

test('W24: and where it says 452 instead, the mail is given up in the end, not deferred for ever', async () => {
  await using line = await sqliteLine({}, { reply: answer('MAIL', '452 4.3.1 message too large') })
  const { id } = await line.mail.enqueue(letter('ada@example.com'), { retry: { giveUpAfter: 0 } })
  await line.mail.deliverDue()
  expect(await line.mail.get(id)).toMatchObject({ state: 'failed', reason: 'gave-up' })
})

test('W24: what is larger than attachments.maxSize is refused when it is queued', async () => {
  await using line = await sqliteLine({ attachments: { maxSize: 100_000 } })
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(200_000) }]
  await expect(line.mail.enqueue(letter('ada@example.com', { attachments }))).rejects.toMatchObject({
    code: 'PH_CONTENT_TOO_LARGE',
  })
  expect(await line.mail.count({ all: true })).toBe(0)
})

function writeVersion(line: SqliteLine, id: string, version: number): void {
  const document = documentOf(line, id).replace(/^{"v":\d,/, `{"v":${version},`)
  line.tamper('update posthaste_body set document = ? where mail_id = ?', Buffer.from(document), id)
}

function documentOf({ url }: SqliteLine, id: string): string {
  const database = new DatabaseSync(fileOf(url))
  const row = database
    .prepare('select cast(document as text) as document from posthaste_body where mail_id = ?')
    .get(id)
  database.close()
  return String(row?.document)
}

/** Of the database, with nothing left in its log. */
function sizeOf({ url }: SqliteLine): number {
  const database = new DatabaseSync(fileOf(url))
  database.exec('pragma wal_checkpoint(truncate)')
  database.close()
  return statSync(fileOf(url)).size
}

const fileOf = (url: string) => url.slice('sqlite:'.length)
