import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import type { Mail } from '../../src/mail/mail.ts'
import type { EnqueueOptions } from '../../src/options.ts'
import { letter } from '../support/line.ts'
import { message, sqliteLine } from '../support/sqlite-line.ts'

test('EMAIL_BACKEND: code that calls sendMail queues, and nothing goes out before it is delivered', async () => {
  await using line = await sqliteLine()
  const transporter = createTransport(line.mail.transport())
  const info = await transporter.sendMail(message('ada@example.com', { subject: 'Grüße 日本' }))
  expect(line.smtp.received).toEqual([])
  expect(await line.mail.get(info.id)).toMatchObject({ state: 'queued', subject: 'Grüße 日本' })
  await line.mail.deliverDue()
  expect((await line.smtp.received[0]?.parsed())?.subject).toBe('Grüße 日本')
})

test('DbBackend.send_messages, bulk_create: many mails are stored at once, an empty list stores none, and the result says what became of each', async () => {
  await using line = await sqliteLine()
  expect(await line.mail.enqueueMany([])).toMatchObject({ queued: 0, results: [] })
  const items = ['a', 'b', 'c'].map((name) => ({ mail: letter(`${name}@example.com`) }))
  const { queued, results } = await line.mail.enqueueMany(items)
  expect(queued).toBe(3)
  expect(new Set(results.map((one) => one?.id)).size).toBe(3)
  expect(await line.mail.count({ state: 'queued' })).toBe(3)
})

test('MAILER_MESSAGES_BATCH_SIZE: chunk says how many mails one statement stores', async () => {
  await using line = await sqliteLine()
  const items = Array.from({ length: 7 }, (_, n) => ({ mail: letter(`c${n}@example.com`) }))
  await line.mail.enqueueMany(items, { chunk: 3 })
  expect(await line.mail.count({ state: 'queued' })).toBe(7)
  await expect(line.mail.enqueueMany(items, { chunk: 0 })).rejects.toMatchObject({
    code: 'PH_OPTION_INVALID',
  })
})

test('send_mail, fail_silently, auth_user, auth_password: what would be ignored is refused, and nothing is stored', async () => {
  await using line = await sqliteLine()
  const options = { fail_silently: true } as EnqueueOptions
  await expect(line.mail.enqueue(letter('ada@example.com'), options)).rejects.toMatchObject({
    code: 'PH_OPTION_UNKNOWN',
  })
  const secret = { ...letter('ada@example.com'), auth: { user: 'u', pass: 'p' } } as Mail
  await expect(line.mail.enqueue(secret)).rejects.toMatchObject({ code: 'PH_SECRET_IN_MAIL' })
  expect(await line.mail.count({ all: true })).toBe(0)
})

test('send_html_mail: text, HTML and headers arrive, with cc, bcc and attachments, which it did not take', async () => {
  await using line = await sqliteLine()
  await line.mail.enqueue({
    ...letter('ada@example.com', { cc: 'cc@example.com', bcc: 'bcc@example.com' }),
    text: 'Hello',
    html: '<p>Hello</p>',
    headers: { 'X-Campaign': 'spring' },
    attachments: [{ filename: 'a.txt', content: 'attached' }],
  })
  await line.mail.deliverDue()
  const [received] = line.smtp.received
  expect(received?.to.sort()).toEqual(['ada@example.com', 'bcc@example.com', 'cc@example.com'])
  const parsed = await received?.parsed()
  expect(parsed?.text?.trim()).toBe('Hello')
  expect(parsed?.html?.trim()).toBe('<p>Hello</p>')
  expect(parsed?.headers).toContainEqual(expect.objectContaining({ key: 'x-campaign', value: 'spring' }))
  expect(parsed?.attachments.map(({ filename }) => filename)).toEqual(['a.txt'])
})

test('send_mass_mail: many mails in one call, each with its own content, sent in their order', async () => {
  await using line = await sqliteLine()
  const subjects = ['First', 'Second', 'Third']
  await line.mail.enqueueMany(subjects.map((subject) => ({ mail: letter('ada@example.com', { subject }) })))
  await line.mail.deliverDue({ concurrency: 1 })
  const parsed = await Promise.all(line.smtp.received.map((mail) => mail.parsed()))
  expect(parsed.map(({ subject }) => subject)).toEqual(subjects)
})

test('mail_admins, mail_managers, ADMINS, MANAGERS, SERVER_EMAIL, EMAIL_SUBJECT_PREFIX: a mail to a list of yours, whose priority is kept', async () => {
  await using line = await sqliteLine({ defaults: { from: 'server@example.com' } })
  const admins = ['ada@example.com', 'bob@example.com']
  const { id } = await line.mail.enqueue(
    { to: admins, subject: '[shop] Disk full', text: 'Now.' },
    { priority: 'high' },
  )
  expect(await line.mail.get(id)).toMatchObject({ priority: 'high', sender: 'server@example.com' })
  await line.mail.deliverDue()
  expect(line.smtp.received[0]).toMatchObject({ from: 'server@example.com', to: admins })
})

test('Lazy translation: a subject that is no text is refused when it is queued, not when it is sent', async () => {
  await using line = await sqliteLine()
  const lazy = { toString: () => 'Hallo' } as unknown as string
  await expect(line.mail.enqueue(letter('ada@example.com', { subject: lazy }))).rejects.toMatchObject({
    code: 'PH_NOT_STORABLE',
  })
  expect(await line.mail.count({ all: true })).toBe(0)
})

test('get_priority, PRIORITIES: four names and nothing else; deferred is no priority but a state', async () => {
  await using line = await sqliteLine()
  for (const priority of ['high', 'normal', 'low', 'bulk'] as const) {
    const { id } = await line.mail.enqueue(letter('ada@example.com'), { priority })
    expect(await line.mail.get(id)).toMatchObject({ priority, state: 'queued' })
  }
  for (const priority of ['medium', 'deferred', 2, '1'])
    await expect(
      line.mail.enqueue(letter('ada@example.com'), { priority } as unknown as EnqueueOptions),
    ).rejects.toMatchObject({
      code: 'PH_OPTION_INVALID',
    })
})

test('make_message: a mail prepared but not stored exists nowhere; stored, it has a priority though none was named', async () => {
  await using line = await sqliteLine()
  const prepared = await line.mail.prepare(letter('ada@example.com', { cc: 'cc@example.com' }))
  expect(await line.mail.count({ all: true })).toBe(0)
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(line.url.slice('sqlite:'.length))
  const { id } = db.transaction(() => line.mail.enqueueSync(db, prepared))()
  db.close()
  expect(await line.mail.get(id)).toMatchObject({
    priority: 'normal',
    recipients: [{ kind: 'to' }, { kind: 'cc' }],
  })
})

test('Priority through the normal send API (#4, #137): the key posthaste of a message, and the mail’s own priority header', async () => {
  await using line = await sqliteLine()
  const transporter = line.mail.transporter({ createTransport }, { priority: 'low' })
  const ids = [
    await transporter.sendMail({ ...message('ada@example.com'), posthaste: { priority: 'high' } }),
    await transporter.sendMail(message('ada@example.com')),
  ].map(({ id }) => id)
  ids.push((await line.mail.enqueue(letter('ada@example.com', { priority: 'high' }))).id)
  const priorities = await Promise.all(ids.map(async (id) => (await line.mail.get(id))?.priority))
  expect(priorities).toEqual(['high', 'low', 'high'])
})

test('The backend loop guard: a queue whose own transport is one of its ways out is refused', async () => {
  await using line = await sqliteLine()
  const { createMailQueue } = await import('../../src/index.ts')
  await using looped = createMailQueue({
    database: line.url,
    transports: { default: createTransport(line.mail.transport()) },
  })
  await looped.enqueue(letter('ada@example.com'))
  await expect(looped.deliverDue()).rejects.toMatchObject({ code: 'PH_NESTED_QUEUE' })
  expect(await line.mail.count({ all: true })).toBe(1)
})
