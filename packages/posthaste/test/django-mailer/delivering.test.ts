import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { letter } from '../support/line.ts'
import { answer } from '../support/smtp/answers.ts'
import { sqliteLine } from '../support/sqlite-line.ts'
import { until } from '../support/wait.ts'

test('MAILER_EMAIL_BACKEND: the way out may be whichever Nodemailer transporter, chosen by stream', async () => {
  const api = createTransport({ jsonTransport: true })
  await using line = await sqliteLine({ transports: { api }, streams: { news: { transport: 'api' } } })
  const news = await line.mail.enqueue(letter('ada@example.com'), { stream: 'news' })
  const order = await line.mail.enqueue(letter('bob@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 2 })
  expect(line.smtp.received.map(({ to }) => to[0])).toEqual(['bob@example.com'])
  expect(await line.mail.attempts(news.id)).toMatchObject([{ transport: 'api', outcome: 'accepted' }])
  expect(await line.mail.attempts(order.id)).toMatchObject([{ transport: 'default' }])
})

test('send_all: what was sent is recorded in the step that settles it, and is not sent again', async () => {
  await using line = await sqliteLine()
  const { id, messageId } = await line.mail.enqueue(letter('ada@example.com'))
  expect(await line.mail.deliverDue()).toEqual({ sent: 1, deferred: 0, failed: 0, suppressed: 0, held: 0 })
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 0 })
  expect(await line.mail.get(id)).toMatchObject({ state: 'sent', attempts: 1, settledAt: expect.any(Date) })
  expect(await line.mail.attempts(id)).toMatchObject([
    { attempt: 1, code: 250, reply: expect.stringContaining('received') },
  ])
  expect((await line.smtp.received[0]?.parsed())?.messageId).toBe(messageId)
})

test('prioritize, get_messages_for_sending: of 13 mails high ones leave first, each priority first in first out, and deferred ones not at all', async () => {
  const reply = answer('RCPT', '450 4.2.1 later', { address: 'deferred@example.com' })
  await using line = await sqliteLine({}, { reply })
  await line.mail.enqueue(letter('deferred@example.com'), { priority: 'high' })
  await line.mail.deliverDue()
  const added = [
    'low',
    'normal',
    'high',
    'low',
    'high',
    'normal',
    'low',
    'high',
    'normal',
    'high',
    'low',
    'normal',
  ]
  for (const [n, priority] of added.entries())
    await line.mail.enqueue(letter(`${priority}-${n}@example.com`), { priority: priority as 'low' })
  await line.mail.deliverDue({ concurrency: 1 })
  const left = line.smtp.received.map(({ to }) => to[0]?.replace('@example.com', '') ?? '')
  expect(left.slice(0, 4)).toEqual(['high-2', 'high-4', 'high-7', 'high-9'])
  expect(left.filter((name) => name.startsWith('normal'))).toEqual([
    'normal-1',
    'normal-5',
    'normal-8',
    'normal-11',
  ])
  expect(left.filter((name) => name.startsWith('low'))).toEqual(['low-0', 'low-3', 'low-6', 'low-10'])
  expect(left).toHaveLength(12)
})

test('ensure_message_id: made when the mail is queued; a Message-ID of your own is respected, in any case of its header', async () => {
  await using line = await sqliteLine()
  const made = await line.mail.enqueue(letter('ada@example.com'))
  const own = await line.mail.enqueue(
    letter('bob@example.com', { headers: { 'message-id': '<mine@example.com>' } }),
  )
  expect(made.messageId).toMatch(/^<[^<>@\s]+@example\.com>$/)
  expect(own.messageId).toBe('<mine@example.com>')
  await line.mail.deliverDue({ concurrency: 1 })
  const ids = await Promise.all(line.smtp.received.map(async (mail) => (await mail.parsed()).messageId))
  expect(ids).toEqual([made.messageId, '<mine@example.com>'])
  expect((await line.mail.find({ messageId: '<mine@example.com>' })).items).toMatchObject([{ id: own.id }])
})

test('Backend changes are saved to the log: what the transport calls the mail is in its history, the mail itself never changes', async () => {
  await using line = await sqliteLine({}, { reply: answer('dot', '250 2.0.0 Ok: queued as 4F2A1B') })
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  await line.mail.deliverDue()
  expect(await line.mail.attempts(id)).toMatchObject([
    { reply: expect.stringContaining('4F2A1B'), remote: expect.stringContaining('127.0.0.1') },
  ])
})

test('MAILER_ERROR_HANDLER, handle_delivery_exception: classify may call a refusal a deferral and a deferral a refusal', async () => {
  const asked: number[] = []
  const classify = (error: unknown, { attempt }: { attempt: number }) => {
    asked.push(attempt)
    const code = (error as { responseCode?: number }).responseCode
    return code === 550 ? ('deferred' as const) : ('rejected' as const)
  }
  const replies = {
    'full@example.com': '550 5.2.2 mailbox full',
    'gone@example.com': '450 4.1.1 no such user',
  }
  await using line = await sqliteLine(
    { classify },
    {
      reply: ({ step, address }) => (step === 'RCPT' ? replies[address as keyof typeof replies] : undefined),
    },
  )
  const full = await line.mail.enqueue(letter('full@example.com'))
  const gone = await line.mail.enqueue(letter('gone@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ deferred: 1, failed: 1 })
  expect(await line.mail.get(full.id)).toMatchObject({ state: 'queued' })
  expect(await line.mail.get(gone.id)).toMatchObject({ state: 'failed', reason: 'rejected' })
  expect(new Set(asked)).toEqual(new Set([1]))
})

test('send_loop, runmailer, MAILER_EMPTY_QUEUE_SLEEP: a worker sleeps while only deferred mail exists, and wakes for new mail', async () => {
  await using line = await sqliteLine(
    {},
    { reply: answer('RCPT', '450 4.2.1 later', { address: 'deferred@example.com' }) },
  )
  await using worker = line.mail.worker({ pollInterval: '1s' })
  const deferred = Promise.withResolvers<void>()
  worker.on('deferred', () => deferred.resolve())
  await line.mail.enqueue(letter('deferred@example.com'))
  await worker.start()
  await deferred.promise
  await line.mail.enqueue(letter('ada@example.com'))
  await line.smtp.mails(1)
  expect(line.smtp.commands.filter((command) => command.includes('deferred@'))).toHaveLength(1)
})

test('Loggers: what happens is told to one logger of yours, without addresses or bodies', async () => {
  const lines: string[] = []
  await using line = await sqliteLine({
    logger: (about, message) => lines.push(`${message} ${JSON.stringify(about)}`),
  })
  const { id } = await line.mail.enqueue(letter('ada@example.com', { text: 'a secret' }))
  await line.mail.deliverDue()
  const all = lines.join('\n')
  expect(all).toContain(`posthaste sent {"id":"${id}"`)
  expect(all).not.toMatch(/ada@example|a secret/)
})

test('db_to_email of "", None, an object that is no mail, an old format: such a row fails as unreadable, and is kept', async () => {
  await using line = await sqliteLine({ render: 'deliver' })
  const broken = ['', 'null', '{"x":1}', 'gASVAAAA', '{"v":0}']
  const ids: string[] = []
  for (const document of broken) {
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    line.tamper('update posthaste_body set document = ? where mail_id = ?', Buffer.from(document), id)
    ids.push(id)
  }
  const good = await line.mail.enqueue(letter('bob@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 1, failed: 5, deferred: 0 })
  for (const id of ids) {
    expect(await line.mail.get(id)).toMatchObject({ state: 'failed', reason: 'unreadable' })
    expect(await line.mail.attempts(id)).toMatchObject([{ outcome: 'unreadable', reply: expect.any(String) }])
  }
  expect(await line.mail.get(good.id)).toMatchObject({ state: 'sent' })
})

test('__str__ of a mail, a broken one and one without data: recipients and subject are columns of their own, whatever became of the content', async () => {
  await using line = await sqliteLine()
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  line.tamper('update posthaste_body set document = ? where mail_id = ?', Buffer.from('broken'), id)
  expect(await line.mail.get(id)).toMatchObject({
    subject: 'Your order',
    recipients: [{ address: 'ada@example.com' }],
  })
  line.tamper('delete from posthaste_body where mail_id = ?', id)
  expect(await line.mail.get(id)).toMatchObject({
    subject: 'Your order',
    recipients: [{ address: 'ada@example.com' }],
  })
})

test('MAILER_USE_FILE_LOCK, MAILER_LOCK_PATH, MAILER_LOCK_WAIT_TIMEOUT, acquire_lock, release_lock: no lock, so two passes at once share the work', async () => {
  const free = Promise.withResolvers<undefined>()
  await using line = await sqliteLine(
    {},
    { reply: ({ step }) => (step === 'dot' ? free.promise : undefined) },
  )
  const first = await line.mail.enqueue(letter('ada@example.com'))
  const passes = [line.mail.deliverDue({ concurrency: 1 })]
  await until(async () => (await line.mail.get(first.id))?.state === 'sending')
  await line.mail.enqueue(letter('bob@example.com'))
  passes.push(line.mail.deliverDue({ concurrency: 1 }))
  await until(async () => (await line.mail.count({ state: 'sending' })) === 2)
  free.resolve(undefined)
  expect((await Promise.all(passes)).reduce((sum, { sent }) => sum + sent, 0)).toBe(2)
  expect(line.smtp.received.map(({ to }) => to[0]).sort()).toEqual(['ada@example.com', 'bob@example.com'])
})
