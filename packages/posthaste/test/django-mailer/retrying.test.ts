import { expect, test } from 'vitest'
import { callHere } from '../support/cli.ts'
import { letter } from '../support/line.ts'
import { answer } from '../support/smtp/answers.ts'
import { sqliteLine } from '../support/sqlite-line.ts'

const later = '450 4.2.1 later'

test('A deferred mail is not sent before its time, retry_deferred (retry) makes it due now, and both attempts are on record', async () => {
  await using line = await sqliteLine({}, { reply: answer('RCPT', later, { times: 1 }) })
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ deferred: 1 })
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 0, deferred: 0 })
  expect(await line.mail.retry({ state: 'deferred' })).toBe(1)
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
  expect(await line.mail.attempts(id)).toMatchObject([
    { attempt: 1, outcome: 'deferred', code: 450 },
    { attempt: 2, outcome: 'accepted' },
  ])
})

test('retry_deferred: a deferred mail keeps its priority and needs no command to be retried', async () => {
  await using line = await sqliteLine(
    { retry: { first: 20, factor: 1, jitter: 0 } },
    { reply: answer('RCPT', later, { times: 1 }) },
  )
  const { id } = await line.mail.enqueue(letter('ada@example.com'), { priority: 'high' })
  await using worker = line.mail.worker()
  await worker.start()
  expect(await line.mail.settled(id)).toMatchObject({ state: 'sent', attempts: 2, priority: 'high' })
})

test('retry_deferred: posthaste retry --state deferred --yes is the command, and says how many', async () => {
  await using line = await sqliteLine({}, { reply: answer('RCPT', later) })
  for (const name of ['a', 'b']) await line.mail.enqueue(letter(`${name}@example.com`))
  await line.mail.deliverDue()
  const env = { POSTHASTE_DATABASE_URL: line.url }
  const { code, stdout } = await callHere(['retry', '--state', 'deferred', '--yes'], { env })
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('2 due now') })
  expect(await line.mail.deliverDue()).toMatchObject({ deferred: 2 })
})

test('high_priority, medium_priority, low_priority, deferred, non_deferred: deferred is a state to filter by, and every mail shows its priority beside it', async () => {
  const reply = answer('RCPT', later, { address: 'slow@example.com' })
  await using line = await sqliteLine({}, { reply })
  const slow = await line.mail.enqueue(letter('slow@example.com'), { priority: 'high' })
  await line.mail.deliverDue()
  const fresh = await line.mail.enqueue(letter('fresh@example.com'), { priority: 'low' })
  expect((await line.mail.find({ state: 'deferred' })).items).toMatchObject([
    { id: slow.id, priority: 'high', attempts: 1 },
  ])
  expect((await line.mail.find({ state: 'queued' })).items.map(({ id }) => id)).toEqual([fresh.id, slow.id])
  expect(await line.mail.count({ to: 'fresh@example.com', state: 'deferred' })).toBe(0)
})

test('MAILER_EMAIL_MAX_RETRIES=2: an age instead of a count; the third attempt comes after giveUpAfter, and the mail has failed', async () => {
  await using line = await sqliteLine({ retry: { giveUpAfter: '4d' } }, { reply: answer('RCPT', later) })
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  await line.mail.deliverDue()
  await line.mail.retry({ id })
  expect(await line.mail.deliverDue()).toMatchObject({ deferred: 1, failed: 0 })
  line.tamper('update posthaste_mail set send_at = send_at - ?', 4 * 86_400_000)
  await line.mail.retry({ id })
  expect(await line.mail.deliverDue()).toMatchObject({ deferred: 0, failed: 1 })
  expect(await line.mail.get(id)).toMatchObject({ state: 'failed', reason: 'gave-up', attempts: 3 })
  expect(await line.mail.attempts(id)).toHaveLength(3)
})

test('MAILER_EMAIL_MAX_RETRIES=0: giveUpAfter 0 gives one attempt, for the queue, a stream or one mail', async () => {
  await using line = await sqliteLine(
    { streams: { once: { retry: { giveUpAfter: 0 } } } },
    { reply: answer('RCPT', later) },
  )
  const byStream = await line.mail.enqueue(letter('a@example.com'), { stream: 'once' })
  const byMail = await line.mail.enqueue(letter('b@example.com'), { retry: { giveUpAfter: 0 } })
  const other = await line.mail.enqueue(letter('c@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ failed: 2, deferred: 1 })
  for (const { id } of [byStream, byMail])
    expect(await line.mail.get(id)).toMatchObject({ state: 'failed', reason: 'gave-up', attempts: 1 })
  expect(await line.mail.get(other.id)).toMatchObject({ state: 'queued' })
})

test('Handled exceptions: whatever is thrown for one mail defers that mail, and the run goes on with the next', async () => {
  const thrown: unknown[] = [
    'a string',
    new TypeError('x is not a function'),
    undefined,
    Object.assign(new Error('451'), { responseCode: 451 }),
  ]
  const sent: unknown[] = []
  const transporter = {
    sendMail: async ({ to }: { to?: unknown }) => {
      if (thrown.length > 0) throw thrown.shift()
      sent.push(to)
      return { accepted: [to], rejected: [], response: '250 OK' }
    },
  }
  await using line = await sqliteLine({ transports: { default: transporter as never } })
  for (let n = 0; n < 6; n++) await line.mail.enqueue(letter(`c${n}@example.com`))
  expect(await line.mail.deliverDue({ concurrency: 1 })).toMatchObject({ sent: 2, deferred: 4, failed: 0 })
  expect(sent).toHaveLength(2)
})

test('socket.error: trouble of the server burns no attempt; its transport backs off, and resumed it sends everything', async () => {
  await using line = await sqliteLine(
    {},
    { reply: ({ step }) => (step === 'greeting' ? { and: 'close' } : undefined) },
  )
  for (let n = 0; n < 3; n++) await line.mail.enqueue(letter(`c${n}@example.com`))
  await line.mail.deliverDue({ concurrency: 1 })
  expect(await line.mail.count({ state: 'queued' })).toBe(3)
  expect((await line.mail.health()).backingOff).toMatchObject([{ name: 'default' }])
  delete line.smtp.options.reply
  await callHere(['transports', 'resume'], { env: { POSTHASTE_DATABASE_URL: line.url } })
  await line.mail.retry({ state: 'queued' })
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 3 })
  const { items } = await line.mail.find({ all: true })
  expect(items.map(({ attempts }) => attempts)).toEqual([1, 1, 1])
})
