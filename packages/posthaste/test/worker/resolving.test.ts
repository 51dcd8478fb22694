import { expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

/** Takes the body and goes away without a word, so often; bob is asked to come later, so often. */
function deaf({ often = 1, bob = 0 } = {}) {
  return {
    reply: ({ step, address }: { step: string; address: string }) => {
      if (step === 'RCPT' && address === 'bob@example.com' && bob-- > 0) return '450 4.2.1 later'
      return step === 'dot' && often-- > 0 ? ({ and: 'close' } as const) : undefined
    },
  }
}

const hold = { onUnknown: 'hold' } as const
const byHand = (text: string) => ({
  outcome: 'by-hand',
  worker: 'grace',
  reply: `decided by hand by grace: ${text}`,
})

async function inDoubt({ mail }: TestLine, to = 'ada@example.com', more = {}): Promise<string> {
  const { id } = await mail.enqueue(letter(to), { ...hold, ...more })
  expect(await mail.deliverDue({ ids: [id] })).toMatchObject({ held: 1, sent: 0 })
  expect(await mail.get(id)).toMatchObject({ state: 'held', reason: 'unknown', unknowns: 1 })
  return id
}

describeEachDatabase('mail whose outcome is unknown', (_kind, fresh) => {
  test('is listed and counted, and settled by the word of a person that it arrived', async () => {
    await using line = await openLine((await fresh()).url, {}, deaf())
    const { mail } = line
    const sure = await mail.enqueue(letter('sure@example.com'), { delay: '1h' })
    const id = await inDoubt(line, 'ada@example.com', { idempotencyKey: 'order-1' })
    expect((await mail.find({ unknown: true })).items.map((one) => one.id)).toEqual([id])
    expect(await mail.count({ unknown: true, state: 'held' })).toBe(1)
    expect(await mail.stats()).toMatchObject({ unknown: 1 })

    expect(await mail.resolve({ all: true }, 'arrived', { who: 'grace' })).toBe(1)
    expect(await mail.get(id)).toMatchObject({
      state: 'sent',
      reason: null,
      unknowns: 1,
      attempts: 1,
      settledAt: expect.any(Date),
      recipients: [{ state: 'accepted', reply: 'decided by hand by grace: it arrived' }],
    })
    expect(await mail.attempts(id)).toMatchObject([
      { outcome: 'unknown' },
      { ...byHand('it arrived'), recipients: [{ address: 'ada@example.com', verdict: 'accepted' }] },
    ])
    expect(await mail.get(sure.id)).toMatchObject({ state: 'queued' })
    expect(await mail.stats()).toMatchObject({ unknown: 1, states: { sent: 1, held: 0 } })
    expect(
      await mail.enqueue(letter('ada@example.com'), { ...hold, idempotencyKey: 'order-1' }),
    ).toMatchObject({ id, status: 'duplicate' })
    expect(await mail.resolve({ id }, 'arrived')).toBe(0)
    expect(await mail.resolve({ id }, 'retry')).toBe(0)
  })

  test('goes again where a person says so, and stays flagged', async () => {
    await using line = await openLine((await fresh()).url, {}, deaf())
    const { mail, smtp } = line
    const id = await inDoubt(line)
    expect(await mail.resolve({ unknown: true }, 'retry', { who: 'grace' })).toBe(1)
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
    expect(await mail.get(id)).toMatchObject({ state: 'sent', unknowns: 1, attempts: 2 })
    expect(await mail.attempts(id)).toMatchObject([
      { outcome: 'unknown', attempt: 1 },
      { ...byHand('to be sent again'), recipients: [] },
      { outcome: 'accepted', attempt: 2 },
    ])
    // The server had it, and nobody could know: this is the second copy that the flag speaks of.
    expect(smtp.received.map(({ to }) => to)).toEqual([['ada@example.com'], ['ada@example.com']])
  })

  test('arrived only at those whose answer was lost: who had been deferred is still asked', async () => {
    await using line = await openLine((await fresh()).url, {}, deaf({ bob: 1 }))
    const { mail, smtp } = line
    const { id } = await mail.enqueue(letter('ada@example.com', { cc: 'bob@example.com' }), hold)
    expect(await mail.deliverDue()).toMatchObject({ held: 1 })
    expect(await mail.resolve({ id }, 'arrived')).toBe(1)
    expect(await mail.get(id)).toMatchObject({
      state: 'queued',
      recipients: [{ state: 'accepted' }, { state: 'pending' }],
    })
    expect(await mail.deliverDue()).toMatchObject({ sent: 1 })
    expect(smtp.received.map(({ to }) => to)).toEqual([['ada@example.com'], ['bob@example.com']])
    expect(await mail.get(id)).toMatchObject({ state: 'sent', unknowns: 1 })
  })

  test('loses its content with the word that it arrived, where it is sensitive', async () => {
    await using line = await openLine((await fresh()).url, {}, deaf())
    const id = await inDoubt(line, 'ada@example.com', { sensitive: true })
    expect(await line.mail.resolve({ id }, 'arrived')).toBe(1)
    expect(await line.mail.get(id)).toMatchObject({ state: 'sent', hasBody: false })
  })

  test('is left alone while it is being sent', async () => {
    let asked = 0
    await using line = await openLine(
      (await fresh()).url,
      { retry: { first: 1, factor: 1, jitter: 0 } },
      {
        reply: ({ step }) =>
          step === 'dot' ? ({ and: asked++ === 0 ? 'close' : 'hang' } as const) : undefined,
      },
    )
    const { mail } = line
    const { id } = await mail.enqueue(letter('ada@example.com'))
    const worker = mail.worker({ stopWithin: '50ms' })
    await worker.start()
    await until(() => asked === 2)
    expect(await mail.get(id)).toMatchObject({ state: 'sending', unknowns: 1 })
    expect(await mail.resolve({ unknown: true }, 'arrived')).toBe(0)
    expect(await mail.resolve({ unknown: true }, 'retry')).toBe(0)
    await worker.stop()
    expect(await mail.get(id)).toMatchObject({ state: 'queued', unknowns: 2 })
    expect(await mail.resolve({ unknown: true }, 'arrived')).toBe(1)
    expect(await mail.get(id)).toMatchObject({ state: 'sent', unknowns: 2 })
  })
})
