import { expect, test, vi } from 'vitest'
import { deliverTo, dispatchOf, FIN, HANG, plainMime, RST, summary } from './support/dispatch.ts'
import { laneTo } from './support/lane.ts'

test('delivers the rendered bytes as they are, dots and all', async () => {
  const { smtp, lane } = await laneTo()
  const outcome = await deliverTo(lane)
  expect(outcome.recipients).toEqual([
    {
      address: 'someone@example.net',
      verdict: 'accepted',
      reply: { code: 250, enhanced: '2.0.0', text: 'Ok: received' },
    },
  ])
  expect(outcome.remote).toBe(`127.0.0.1:${smtp.port} [127.0.0.1]`)
  expect(smtp.received[0]?.raw.toString()).toBe(plainMime)
})

test('connects at the first mail, and sends many over one connection', async () => {
  const { smtp, lane } = await laneTo()
  expect(smtp.sessions).toHaveLength(0)
  for (let i = 0; i < 5; i++) await deliverTo(lane)
  expect(smtp.sessions).toHaveLength(1)
  expect(smtp.received).toHaveLength(5)
})

test('replaces a connection after maxMessages, with a goodbye', async () => {
  const { smtp, lane } = await laneTo(undefined, { maxMessages: 2 })
  for (let i = 0; i < 5; i++) await deliverTo(lane)
  expect([1, 2, 3].map((number) => smtp.received.filter(({ session }) => session === number).length)).toEqual(
    [2, 2, 1],
  )
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands.at(-1)).toBe('QUIT'))
})

test('opens no more than maxConnections, and lets the rest wait', async () => {
  const { smtp, lane } = await laneTo(undefined, { maxConnections: 3 })
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => deliverTo(lane)))
  expect(outcomes.map(summary)).toEqual(Array(20).fill('accepted'))
  expect(smtp.sessions.length).toBeLessThanOrEqual(3)
})

test('opens none beside one that is worn and has not ended yet', async () => {
  let most = 0
  const { smtp, lane } = await laneTo(
    () => {
      most = Math.max(most, smtp.open)
      return undefined
    },
    { maxConnections: 2, maxMessages: 1 },
  )
  await Promise.all(Array.from({ length: 20 }, () => deliverTo(lane)))
  expect(smtp.sessions).toHaveLength(20)
  expect(most).toBe(2)
})

test('closes a connection that was idle for idleTimeout', async () => {
  const { smtp, lane } = await laneTo(undefined, { idleTimeout: 20 })
  await deliverTo(lane)
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands.at(-1)).toBe('QUIT'))
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.sessions).toHaveLength(2)
})

test.each([FIN, RST, { reply: '421 4.4.2 Idle too long', and: 'close' }] as const)(
  'replaces a kept connection that turns out dead at the first command (%o)',
  async (end) => {
    const { smtp, lane } = await laneTo(({ step }, session) =>
      step === 'MAIL' && session.number === 1 && session.commands.includes('.') ? end : undefined,
    )
    await deliverTo(lane)
    expect(summary(await deliverTo(lane))).toBe('accepted')
    expect(smtp.received.map(({ session }) => session)).toEqual([1, 2])
  },
)

test('notices that the server closed an idle connection', async () => {
  const goodbye = { reply: '250 2.0.0 Ok, and goodbye', and: 'close' } as const
  const { smtp, lane } = await laneTo(({ step }, { number }) =>
    step === 'dot' && number === 1 ? goodbye : undefined,
  )
  await deliverTo(lane)
  await vi.waitFor(() => expect(smtp.open).toBe(0))
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.sessions).toHaveLength(2)
})

test('keeps the connection after a refused mail, reset', async () => {
  const { smtp, lane } = await laneTo(
    ({ step, line }) => (step === 'RCPT' && line.includes('nobody') ? '550 5.1.1 No such user' : undefined),
    { maxConnections: 1 },
  )
  expect(summary(await deliverTo(lane, { to: ['nobody@example.net'] }))).toBe('rejected')
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.sessions).toHaveLength(1)
  expect(smtp.sessions[0]?.commands).toContain('RSET')
})

test('trusts no connection that has answered garbage', async () => {
  const { smtp, lane } = await laneTo(({ step }, { number }) =>
    step === 'MAIL' && number === 1 ? 'What?' : undefined,
  )
  expect(summary(await deliverTo(lane))).toBe('deferred')
  expect(summary(await deliverTo(lane))).toBe('accepted')
  expect(smtp.received.map(({ session }) => session)).toEqual([2])
  expect(smtp.sessions[0]?.commands).not.toContain('RSET')
})

test('gives every recipient their own verdict and reply', async () => {
  const { lane } = await laneTo(({ step, line }) => {
    if (step !== 'RCPT') return undefined
    return line.includes('gone')
      ? '550 5.1.1 Gone'
      : line.includes('full')
        ? '452 4.2.2 Mailbox full'
        : undefined
  })
  const { recipients, fault } = await deliverTo(lane, { to: ['gone@a.test', 'ok@a.test', 'full@a.test'] })
  expect(recipients.map(({ verdict, reply }) => [verdict, reply?.code, reply?.enhanced])).toEqual([
    ['rejected', 550, '5.1.1'],
    ['accepted', 250, '2.0.0'],
    ['deferred', 452, '4.2.2'],
  ])
  expect(fault).toBeUndefined()
})

test('keeps both verdicts when one recipient is refused and the message too', async () => {
  const { lane } = await laneTo(({ step, line }) =>
    step === 'RCPT' && line.includes('gone')
      ? '550 5.1.1 Gone'
      : step === 'dot'
        ? '451 4.3.0 Later'
        : undefined,
  )
  const { recipients } = await deliverTo(lane, { to: ['gone@a.test', 'ok@a.test'] })
  expect(recipients.map(({ verdict, reply }) => [verdict, reply?.code])).toEqual([
    ['rejected', 550],
    ['deferred', 451],
  ])
})

test('works with a server that pipelines nothing', async () => {
  const { smtp, lane } = await laneTo(undefined, { extensions: [] })
  expect(summary(await deliverTo(lane, { to: ['a@a.test', 'b@a.test'] }))).toBe('accepted')
  expect(smtp.received[0]?.to).toEqual(['a@a.test', 'b@a.test'])
})

test('close() lets the mail under way finish, and refuses the next', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const { smtp, lane } = await laneTo(async ({ step }) => (step === 'dot' ? void (await held) : undefined))
  const sending = deliverTo(lane)
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands).toContain('DATA'))
  const closing = lane.close()
  release()
  expect(summary(await sending)).toBe('accepted')
  await closing
  expect(summary(await deliverTo(lane))).toBe('aborted')
})

test('an abort before the body is handed over leaves nothing with the server', async () => {
  const { smtp, lane } = await laneTo(({ step }) => (step === 'RCPT' ? HANG : undefined))
  const abort = new AbortController()
  const sending = lane.deliver(dispatchOf(), abort.signal)
  await vi.waitFor(() => expect(smtp.sessions[0]?.commands.length).toBeGreaterThan(2))
  abort.abort()
  expect(summary(await sending)).toBe('aborted')
})

test('an abort after the final dot leaves the outcome unknown', async () => {
  const { smtp, lane } = await laneTo(({ step }) => (step === 'dot' ? HANG : undefined))
  const abort = new AbortController()
  const sending = lane.deliver(dispatchOf(), abort.signal)
  await vi.waitFor(() => expect(smtp.received).toHaveLength(1))
  abort.abort()
  expect(summary(await sending)).toBe('unknown')
})
