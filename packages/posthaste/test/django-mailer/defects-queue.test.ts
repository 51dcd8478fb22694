import { expect, test } from 'vitest'
import { letter } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { answer } from '../support/smtp/answers.ts'
import { type SqliteLine, sqliteLine } from '../support/sqlite-line.ts'
import { until } from '../support/wait.ts'

/** Fails for one address as nobody foresaw, and delivers the rest. */
function poisoned(address: string) {
  const sent: string[] = []
  const sendMail = async ({ to }: { to?: unknown }) => {
    const name = JSON.stringify(to)
    if (name.includes(address)) throw new RangeError('Invalid header value char')
    sent.push(name)
    return { accepted: [to], rejected: [], response: '250 OK' }
  }
  return { sent, transports: { default: { sendMail } as never } }
}

test('W1: a poison mail stops nobody else, and is on record with its error', async () => {
  const { sent, transports } = poisoned('poison@example.com')
  await using line = await sqliteLine({ transports })
  const poison = await line.mail.enqueue(letter('poison@example.com'), { priority: 'high' })
  for (const name of ['a', 'b']) await line.mail.enqueue(letter(`${name}@example.com`))
  expect(await line.mail.deliverDue({ concurrency: 1 })).toMatchObject({ sent: 2, deferred: 1 })
  expect(sent).toHaveLength(2)
  expect(await line.mail.attempts(poison.id)).toMatchObject([
    { outcome: 'unknown', reply: expect.stringContaining('Invalid header value') },
  ])
})

test('W2: a worker goes on after a poison mail, and health tells where mail is due and nobody works', async () => {
  const { sent, transports } = poisoned('poison@example.com')
  await using line = await sqliteLine({ transports })
  {
    await using worker = line.mail.worker()
    await worker.start()
    const poison = await line.mail.enqueue(letter('poison@example.com'))
    await until(async () => (await line.mail.attempts(poison.id)).length === 1)
    await line.mail.enqueue(letter('later@example.com'))
    await until(() => sent.length === 1)
    expect(await line.mail.health()).toMatchObject({ healthy: true, workers: [{}] })
  }
  await line.mail.enqueue(letter('waiting@example.com'))
  const { healthy, problems } = await line.mail.health()
  expect({ healthy, problems }).toEqual({
    healthy: false,
    problems: [expect.stringContaining('no worker is alive')],
  })
})

test('W3: SIGTERM between acceptance and commit lets the mail be settled: one copy', async () => {
  const { reached, letGo, reply } = heldAtTheDot()
  await using line = await sqliteLine({}, { reply })
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  const worker = await workerOf(line)
  await reached
  worker.process.kill('SIGTERM')
  letGo()
  expect(await worker.ended).toBe(0)
  expect(await line.mail.get(id)).toMatchObject({ state: 'sent', unknowns: 0 })
  expect(line.smtp.received).toHaveLength(1)
})

test('W3: after SIGKILL at that moment the mail is flagged, and with onUnknown hold nobody sends it a second time', async () => {
  const { reached, letGo, reply } = heldAtTheDot()
  await using line = await sqliteLine({}, { reply })
  const { id } = await line.mail.enqueue(letter('ada@example.com'), { onUnknown: 'hold' })
  const dead = await workerOf(line)
  await reached
  dead.process.kill('SIGKILL')
  expect(await dead.ended).toBe('SIGKILL')
  letGo()
  await using worker = line.mail.worker({ lease: '1s' })
  await worker.start()
  expect(await line.mail.settled(id)).toMatchObject({ state: 'held', reason: 'unknown', unknowns: 1 })
  expect((await line.mail.find({ unknown: true })).items).toMatchObject([{ id }])
  expect(line.smtp.received).toHaveLength(1)
})

test('W6: a worker that was killed leaves no lock behind: the next one works at once, and takes over what the dead one held', async () => {
  const { reached, letGo, reply } = heldAtTheDot()
  await using line = await sqliteLine({}, { reply })
  const held = await line.mail.enqueue(letter('held@example.com'))
  const dead = await workerOf(line)
  await reached
  dead.process.kill('SIGKILL')
  await dead.ended
  letGo()
  delete line.smtp.options.reply
  const fresh = await line.mail.enqueue(letter('fresh@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
  expect(await line.mail.get(fresh.id)).toMatchObject({ state: 'sent' })
  await using worker = line.mail.worker({ lease: '1s' })
  await worker.start()
  expect(await line.mail.settled(held.id)).toMatchObject({ state: 'sent', unknowns: 1 })
})

test('W9: a worker holds as many mails as it has slots, however many are queued and however large they are', async () => {
  const { reached, letGo, reply } = heldAtTheDot()
  await using line = await sqliteLine({}, { reply })
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(300_000, 1) }]
  for (let n = 0; n < 10; n++) await line.mail.enqueue(letter('ada@example.com', { attachments }))
  await using worker = line.mail.worker({ concurrency: 2 })
  await worker.start()
  await reached
  expect(await line.mail.count({ state: 'sending' })).toBeLessThanOrEqual(2)
  expect(await line.mail.count({ state: 'queued' })).toBeGreaterThanOrEqual(8)
  letGo()
  await line.smtp.mails(10)
})

test('W10: the Message-ID is the same at every attempt, is known when the mail is queued, and leads to the mail', async () => {
  await using line = await sqliteLine({}, { reply: answer('dot', '451 4.3.0 try again', { times: 2 }) })
  const bodies: string[] = []
  const { id, messageId } = await line.mail.enqueue(letter('ada@example.com'))
  for (let n = 0; n < 3; n++) {
    await line.mail.deliverDue()
    bodies.push((await line.mail.find({ messageId })).items[0]?.state ?? 'nothing')
    await line.mail.retry({ state: 'deferred' })
  }
  expect(bodies).toEqual(['queued', 'queued', 'sent'])
  expect(await line.mail.attempts(id)).toHaveLength(3)
  expect((await line.smtp.received[0]?.parsed())?.messageId).toBe(messageId)
})

test('W15: many mails go over one connection', async () => {
  await using line = await sqliteLine()
  for (let n = 0; n < 5; n++) await line.mail.enqueue(letter(`c${n}@example.com`))
  expect(await line.mail.deliverDue({ concurrency: 1 })).toMatchObject({ sent: 5 })
  expect(line.smtp.sessions).toHaveLength(1)
})

function workerOf({ url, smtp }: SqliteLine) {
  return workerProcess({ database: url, transports: { default: smtp.url } }, { lease: '1s' })
}

/** Keeps the answer to the final dot back, until it is let go. */
function heldAtTheDot() {
  const reached = Promise.withResolvers<void>()
  const free = Promise.withResolvers<undefined>()
  const reply = ({ step }: { step: string }) => {
    if (step !== 'dot') return undefined
    reached.resolve()
    return free.promise
  }
  return { reached: reached.promise, letGo: () => free.resolve(undefined), reply }
}
