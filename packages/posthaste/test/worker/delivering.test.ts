import { expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

const quick = { retry: { first: 30, factor: 1, jitter: 0 } } as const

describeEachDatabase('a worker', (_kind, fresh) => {
  test('tries a deferred mail again after its back-off, and records both attempts with the replies', async () => {
    await using line = await openLine((await fresh()).url, quick, answerOnce('RCPT', '451 4.2.0 try later'))
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    await using worker = line.mail.worker()
    await worker.start()
    expect(await line.mail.settled(id)).toMatchObject({ state: 'sent', attempts: 2 })
    expect(await line.mail.attempts(id)).toMatchObject([
      { attempt: 1, outcome: 'deferred', code: 451, enhanced: '4.2.0' },
      { attempt: 2, outcome: 'accepted', code: 250 },
    ])
    expect(line.smtp.received).toHaveLength(1)
  })

  test('fails a mail that is refused for good at once, and says why', async () => {
    await using line = await openLine((await fresh()).url, quick, {
      reply: refuseAddress('gone@example.com', '550 5.1.1 no such user'),
    })
    const { id } = await line.mail.enqueue(letter('gone@example.com'))
    expect(await line.mail.deliverDue()).toMatchObject({ failed: 1, sent: 0 })
    expect(await line.mail.get(id)).toMatchObject({
      state: 'failed',
      reason: 'rejected',
      recipients: [{ address: 'gone@example.com', state: 'rejected', code: 550, enhanced: '5.1.1' }],
    })
  })

  test('asks only recipients that are not settled when it tries again', async () => {
    let late = 0
    await using line = await openLine((await fresh()).url, quick, {
      reply: ({ step, address }) =>
        step === 'RCPT' && address === 'late@example.com' && late++ === 0
          ? '450 4.2.1 greylisted'
          : undefined,
    })
    const { id } = await line.mail.enqueue(letter('now@example.com', { cc: 'late@example.com' }))
    await using worker = line.mail.worker()
    await worker.start()
    expect(await line.mail.settled(id)).toMatchObject({ state: 'sent' })
    expect(line.smtp.received.map(({ to }) => to)).toEqual([['now@example.com'], ['late@example.com']])
  })

  test('sends nothing that expired, was cancelled, or whose recipients were suppressed after the enqueue', async () => {
    await using line = await openLine((await fresh()).url)
    const expired = await line.mail.enqueue(letter('late@example.com'), { expiresIn: 1 })
    const enqueuedAt = Date.now()
    const cancelled = await line.mail.enqueue(letter('not@example.com'))
    const suppressed = await line.mail.enqueue(letter('Gone <gone@EXAMPLE.com>'))
    const partly = await line.mail.enqueue(letter('gone@example.com', { bcc: 'here@example.com' }))
    await line.mail.cancel({ id: cancelled.id })
    await line.mail.suppressions.add('GONE@example.com', { reason: 'bounced' })
    await until(() => Date.now() > enqueuedAt + 5)
    await line.mail.deliverDue()
    expect(await line.mail.get(expired.id)).toMatchObject({ state: 'failed', reason: 'expired' })
    expect(await line.mail.get(cancelled.id)).toMatchObject({ state: 'cancelled' })
    expect(await line.mail.get(suppressed.id)).toMatchObject({ state: 'suppressed' })
    expect(await line.mail.get(partly.id)).toMatchObject({
      state: 'sent',
      recipients: [{ state: 'suppressed' }, { state: 'accepted' }],
    })
    expect(line.smtp.received.map(({ to }) => to)).toEqual([['here@example.com']])
  })

  test('stops at a pause of any process at once, and goes on when it is resumed', async () => {
    const { url } = await fresh()
    await using line = await openLine(url)
    await line.mail.pause({ reason: 'maintenance' })
    const { id } = await line.mail.enqueue(letter('ada@example.com'))
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 0 })
    expect(await line.mail.health()).toMatchObject({
      healthy: true,
      pauses: [{ stream: null, reason: 'maintenance' }],
    })
    await line.mail.resume()
    expect(await line.mail.deliverDue()).toMatchObject({ sent: 1 })
    expect(await line.mail.get(id)).toMatchObject({ state: 'sent' })
  })

  test('delivers a scheduled mail when it is due and not before', async () => {
    await using line = await openLine((await fresh()).url)
    await using worker = line.mail.worker({ pollInterval: '1m' })
    await worker.start()
    const { id } = await line.mail.enqueue(letter('later@example.com'), { delay: 400 })
    const mail = await line.mail.settled(id)
    const [attempt] = await line.mail.attempts(id)
    expect(attempt?.startedAt.getTime()).toBeGreaterThanOrEqual(mail.sendAt.getTime())
    expect(mail.sendAt.getTime() - mail.createdAt.getTime()).toBe(400)
  })

  test('drops the body of a sensitive mail with its settlement', async () => {
    await using line = await openLine((await fresh()).url)
    const { id } = await line.mail.enqueue(letter('ada@example.com', { text: 'Your code is 123456' }), {
      sensitive: true,
    })
    expect(await line.mail.get(id)).toMatchObject({ sensitive: true, hasBody: true })
    await line.mail.deliverDue()
    expect(await line.mail.get(id)).toMatchObject({ state: 'sent', hasBody: false })
    await expect(line.mail.resend(id)).rejects.toMatchObject({ code: 'PH_BODY_GONE' })
  })

  test('sends a mail once more as a new one, to the same people or to others', async () => {
    await using line = await openLine((await fresh()).url)
    const first = await line.mail.enqueue(
      letter('ada@example.com', { attachments: [{ filename: 'a.bin', content: Buffer.alloc(300_000, 7) }] }),
    )
    await line.mail.deliverDue()
    const again = await line.mail.resend(first.id)
    const other = await line.mail.resend(first.id, { to: 'support@example.com' })
    await line.mail.deliverDue()
    expect(line.smtp.received.map(({ to }) => to[0]).sort()).toEqual([
      'ada@example.com',
      'ada@example.com',
      'support@example.com',
    ])
    expect(new Set([first.messageId, again.messageId, other.messageId]).size).toBe(3)
    expect(await line.mail.get(again.id)).toMatchObject({ resentFrom: first.id, state: 'sent' })
  })
})

function answerOnce(step: string, reply: string) {
  let asked = 0
  return {
    reply: (command: { step: string }) => (command.step === step && asked++ === 0 ? reply : undefined),
  }
}

function refuseAddress(address: string, reply: string) {
  return (command: { step: string; address: string }) =>
    command.step === 'RCPT' && command.address === address ? reply : undefined
}
