import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { letter } from '../support/line.ts'
import { answer } from '../support/smtp/answers.ts'
import { type SqliteLine, sqliteLine } from '../support/sqlite-line.ts'
import { until } from '../support/wait.ts'

test('MAILER_EMAIL_MAX_BATCH: a pass begins at most max mails, the next goes on, and 0 is none', async () => {
  await using line = await sqliteLine()
  await enqueue(line, 5)
  expect(await line.mail.deliverDue({ max: 0 })).toMatchObject({ sent: 0 })
  expect(await line.mail.deliverDue({ max: 2 })).toMatchObject({ sent: 2 })
  expect(line.smtp.received).toHaveLength(2)
  expect(await line.mail.deliverDue({ max: 10 })).toMatchObject({ sent: 3 })
})

test('MAILER_EMAIL_MAX_DEFERRED: a pass ends when so many were deferred, and leaves the rest as it was', async () => {
  await using line = await sqliteLine({}, { reply: answer('RCPT', '450 4.2.1 later') })
  await enqueue(line, 5)
  expect(await line.mail.deliverDue({ maxDeferred: 2, concurrency: 1 })).toMatchObject({ deferred: 2 })
  expect(await line.mail.count({ state: 'deferred' })).toBe(2)
  expect(await line.mail.deliverDue({ maxDeferred: 0 })).toMatchObject({ deferred: 0 })
})

test('MAILER_EMAIL_THROTTLE: a limit spaces the mails of a pass, which waits for it', async () => {
  await using line = await sqliteLine({ streams: { default: { limit: { perSecond: 5 } } } })
  await enqueue(line, 7)
  const began = performance.now()
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 7 })
  expect(performance.now() - began).toBeGreaterThan(350)
})

test('MAILER_EMAIL_THROTTLE: the limit of a worker holds for a stream and leaves others alone', async () => {
  await using line = await sqliteLine({ streams: { news: { limit: { perMinute: 60 } } } })
  await enqueue(line, 3, 'news')
  await enqueue(line, 20)
  await using worker = line.mail.worker()
  await worker.start()
  await until(() => line.smtp.received.filter(({ to }) => to[0]?.startsWith('default')).length === 20)
  expect(line.smtp.received.filter(({ to }) => to[0]?.startsWith('news')).length).toBeLessThanOrEqual(2)
  await line.smtp.mails(23)
})

test('MAILER_EMAIL_THROTTLE: a limit of a transport counts too, a pass gives up on one that opens tomorrow, and one of 0 is refused', async () => {
  await using line = await sqliteLine()
  const limited = (limit: object) =>
    createMailQueue({ database: line.url, transports: { default: { url: line.smtp.url, limit } } })
  await enqueue(line, 3)
  await using daily = limited({ perDay: 20 })
  expect(await daily.deliverDue()).toMatchObject({ sent: 1 })
  await using none = limited({ perSecond: 0 })
  await expect(none.deliverDue()).rejects.toMatchObject({ code: 'PH_CONFIG' })
  expect(await line.mail.count({ state: 'queued' })).toBe(2)
})

test('MAILER_PAUSE_SEND: a pause is kept in the database and honoured by passes, workers and deliverDue of chosen mails', async () => {
  await using line = await sqliteLine()
  await line.mail.pause({ reason: 'wrong prices', who: 'ada' })
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 0 })
  expect(await line.mail.deliverDue({ ids: [id] })).toMatchObject({ sent: 0 })
  await using worker = line.mail.worker()
  await worker.start()
  await using other = createMailQueue({ database: line.url })
  expect(await other.health()).toMatchObject({
    healthy: true,
    pauses: [{ reason: 'wrong prices', who: 'ada' }],
  })
  expect(line.smtp.received).toEqual([])
  await other.resume()
  await line.smtp.mails(1)
})

async function enqueue(
  { mail }: SqliteLine,
  count: number,
  stream: 'default' | 'news' = 'default',
): Promise<void> {
  await mail.enqueueMany(
    Array.from({ length: count }, (_, n) => ({
      mail: letter(`${stream}-${n}@example.com`),
      stream,
    })) as never,
  )
}
