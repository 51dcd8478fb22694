import { expect, test } from 'vitest'
import { callHere } from '../support/cli.ts'
import { letter } from '../support/line.ts'
import { answer } from '../support/smtp/answers.ts'
import { age, type SqliteLine, sqliteLine } from '../support/sqlite-line.ts'

test('W11: a permanent refusal ends the mail at once', async () => {
  await using line = await sqliteLine(
    {},
    { reply: answer('RCPT', '550 5.1.1 recipient on suppression list') },
  )
  const { id } = await line.mail.enqueue(letter('gone@example.com'))
  expect(await line.mail.deliverDue()).toMatchObject({ failed: 1, deferred: 0 })
  expect(await line.mail.get(id)).toMatchObject({ state: 'failed', reason: 'rejected', attempts: 1 })
})

test('W11: each deferred mail has its own next time, later after each attempt, and spread by chance', async () => {
  await using line = await sqliteLine(
    { retry: { first: '1m', factor: 2, jitter: 0.2 } },
    { reply: answer('RCPT', '450 4.2.1 later') },
  )
  const { id } = await line.mail.enqueue(letter('first@example.com'))
  for (let n = 0; n < 8; n++) await line.mail.enqueue(letter(`c${n}@example.com`))
  await line.mail.deliverDue()
  const { items } = await line.mail.find({ all: true })
  expect(new Set(items.map(waited)).size).toBeGreaterThan(3)
  for (const item of items) {
    expect(waited(item)).toBeGreaterThan(47_000)
    expect(waited(item)).toBeLessThan(80_000)
  }
  await line.mail.retry({ id })
  await line.mail.deliverDue()
  const next = await nextOf(line, id)
  expect(next).toBeGreaterThan(90_000)
  expect(next).toBeLessThan(145_000)
})

test('W12: mail that is given up has failed, can be found, retried by hand, and is purged', async () => {
  await using line = await sqliteLine(
    { retry: { giveUpAfter: 0 } },
    { reply: answer('RCPT', '450 4.2.1 later') },
  )
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  await line.mail.deliverDue()
  expect((await line.mail.find({ state: 'failed' })).items).toMatchObject([{ id, reason: 'gave-up' }])
  expect(await line.mail.retry({ id })).toBe(1)
  expect(await line.mail.deliverDue()).toMatchObject({ failed: 1 })
  age(line, 91 * 86_400_000)
  const args = ['purge', '--older-than', '90d', '--state', 'failed', '--yes']
  await callHere(args, { env: { POSTHASTE_DATABASE_URL: line.url } })
  expect(await line.mail.get(id)).toBeUndefined()
})

test('W13: one of two recipients refused is no success: each has its own outcome, and the refused one is not lost', async () => {
  await using line = await sqliteLine(
    {},
    { reply: answer('RCPT', '550 5.1.1 no such user', { address: 'gone@example.com' }) },
  )
  const { id } = await line.mail.enqueue(letter('ada@example.com', { cc: 'gone@example.com' }))
  expect(await line.mail.deliverDue()).toMatchObject({ sent: 0, failed: 1 })
  expect(await line.mail.get(id)).toMatchObject({
    state: 'failed',
    reason: 'rejected',
    recipients: [
      { address: 'ada@example.com', state: 'accepted' },
      {
        address: 'gone@example.com',
        state: 'rejected',
        code: 550,
        reply: expect.stringContaining('no such user'),
      },
    ],
  })
  expect(await line.mail.attempts(id)).toMatchObject([{ outcome: 'partial' }])
})

test('W20: deliverDue of an empty list sends nothing, and a list that is undefined is an error', async () => {
  await using line = await sqliteLine()
  const { id } = await line.mail.enqueue(letter('ada@example.com'))
  await line.mail.enqueue(letter('bob@example.com'))
  expect(await line.mail.deliverDue({ ids: [] })).toMatchObject({ sent: 0 })
  const none = { ids: undefined } as unknown as { ids: string[] }
  await expect(line.mail.deliverDue(none)).rejects.toMatchObject({ code: 'PH_OPTION_INVALID' })
  await expect(line.mail.deliverDue({ ids: ['no id'] })).rejects.toMatchObject({ code: 'PH_OPTION_INVALID' })
  expect(line.smtp.received).toEqual([])
  expect(await line.mail.deliverDue({ ids: [id] })).toMatchObject({ sent: 1 })
  expect(line.smtp.received.map(({ to }) => to[0])).toEqual(['ada@example.com'])
})

test('W20: a filter that says nothing, or less than was meant, acts on nothing', async () => {
  await using line = await sqliteLine()
  await line.mail.enqueue(letter('ada@example.com'))
  for (const filter of [{}, { tag: undefined }, { id: undefined }, { state: [] }])
    await expect(line.mail.cancel(filter as never)).rejects.toMatchObject({ code: 'PH_FILTER_INVALID' })
  expect(await line.mail.cancel({ id: [] })).toBe(0)
  expect(await line.mail.count({ state: 'queued' })).toBe(1)
})

test('W21: sending chosen mails keeps to due times and bounds, and says what became of them', async () => {
  await using line = await sqliteLine(
    {},
    { reply: answer('RCPT', '450 4.2.1 later', { address: 'slow@example.com' }) },
  )
  const later = await line.mail.enqueue(letter('later@example.com'), { delay: '1d' })
  const slow = await line.mail.enqueue(letter('slow@example.com'))
  const quick = await line.mail.enqueue(letter('quick@example.com'))
  const ids = [later.id, slow.id, quick.id]
  expect(await line.mail.deliverDue({ ids, max: 0 })).toMatchObject({ sent: 0, deferred: 0 })
  expect(await line.mail.deliverDue({ ids })).toMatchObject({ sent: 1, deferred: 1 })
  expect(await line.mail.deliverDue({ ids })).toMatchObject({ sent: 0, deferred: 0 })
  expect(await line.mail.get(later.id)).toMatchObject({ state: 'queued', attempts: 0 })
  expect(await line.mail.retry({ id: [later.id] })).toBe(1)
  expect(await line.mail.deliverDue({ ids })).toMatchObject({ sent: 1 })
})

test('W23: a bound of 0 sends nothing, and a worker that runs keeps to its limit for as long as it runs', async () => {
  await using line = await sqliteLine({ streams: { default: { limit: { perSecond: 10 } } } })
  await line.mail.enqueueMany(Array.from({ length: 25 }, (_, n) => ({ mail: letter(`c${n}@example.com`) })))
  expect(await line.mail.deliverDue({ max: 0 })).toMatchObject({ sent: 0 })
  expect(await line.mail.deliverDue({ maxDeferred: 0 })).toMatchObject({ sent: 0 })
  await using worker = line.mail.worker()
  const began = performance.now()
  await worker.start()
  await line.smtp.mails(25)
  expect(performance.now() - began).toBeGreaterThan(1_300)
})

function waited({ dueAt, createdAt }: { dueAt: Date; createdAt: Date }): number {
  return dueAt.getTime() - createdAt.getTime()
}

async function nextOf({ mail }: SqliteLine, id: string): Promise<number> {
  const [item] = (await mail.find({ id })).items
  return (item?.dueAt.getTime() ?? 0) - Date.now()
}
