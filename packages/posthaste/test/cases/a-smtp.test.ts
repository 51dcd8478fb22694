import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { deliverTo, summary } from '../support/dispatch.ts'
import { closing, laneAt } from '../support/lane.ts'
import { startSmtp } from '../support/smtp.ts'

test('A19: with a wrong password one login is tried, however many mails wait', async () => {
  let logins = 0
  const smtp = closing(await startSmtp({ auth: () => ++logins < 0 }))
  const lane = laneAt(smtp.port, { auth: { user: 'app', pass: 'old' } })
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => deliverTo(lane)))
  expect(new Set(outcomes.map(summary))).toEqual(new Set(['fault:authentication']))
  expect(logins).toBe(1)
})

test('A19: once a login has succeeded, connections open side by side', async () => {
  const smtp = closing(await startSmtp({ auth: () => true }))
  const lane = laneAt(smtp.port, { auth: { user: 'app', pass: 'right' } })
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => deliverTo(lane)))
  expect(new Set(outcomes.map(summary))).toEqual(new Set(['accepted']))
})

test('A20: a mail that waits for a greeting takes a connection that becomes idle', async () => {
  const smtp = closing(
    await startSmtp({
      reply: ({ step }, { number }) => (step === 'greeting' && number > 1 ? { and: 'hang' } : undefined),
    }),
  )
  const lane = laneAt(smtp.port, { maxConnections: 4, greetingTimeout: 60_000 })
  await deliverTo(lane)
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => deliverTo(lane)))
  expect(new Set(outcomes.map(summary))).toEqual(new Set(['accepted']))
  expect(smtp.sessions.length).toBeLessThanOrEqual(5)
})

test.skipIf(hostname().includes('.'))(
  "G11: a host name without a dot greets with the sender's domain",
  async () => {
    const smtp = closing(await startSmtp())
    await deliverTo(laneAt(smtp.port), { from: 'app@münchen.example' })
    expect(smtp.commands[0]).toBe('EHLO xn--mnchen-3ya.example')
  },
)

test('G11: the name that is configured greets', async () => {
  const smtp = closing(await startSmtp())
  await deliverTo(laneAt(smtp.port, { name: 'mail.example.com' }))
  expect(smtp.commands[0]).toBe('EHLO mail.example.com')
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no consent')
    },
  ],
  ['rejects', async () => Promise.reject(new Error('no consent'))],
])('G5: a provisionCallback that %s is a fault of its transport', async (_, provisionCallback) => {
  const smtp = closing(await startSmtp({ auth: () => true }))
  const lane = laneAt(smtp.port, { auth: { type: 'OAuth2', user: 'app', provisionCallback } } as never)
  const outcome = await deliverTo(lane)
  expect(outcome.fault).toMatchObject({ kind: 'authentication', message: 'no consent' })
})
