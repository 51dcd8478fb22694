import { expect, test, vi } from 'vitest'
import { deliverTo, FIN, HANG, RST, summary } from './support/dispatch.ts'
import { closing, laneAt } from './support/lane.ts'
import type { SmtpAnswer } from './support/smtp/script.ts'
import { type SmtpServer, type SmtpStep, startSmtp } from './support/smtp.ts'

const patience = {
  connectionTimeout: 1_000,
  greetingTimeout: 1_000,
  socketTimeout: 1_000,
  finalReplyTimeout: 1_000,
}

async function outcomeWhen(at: SmtpStep, said: SmtpAnswer) {
  const smtp = closing(await startSmtp({ reply: ({ step }) => (step === at ? said : undefined) }))
  const lane = laneAt(smtp.port, { ...patience })
  return { outcome: await deliverTo(lane), smtp }
}

async function isEmpty(smtp: SmtpServer) {
  await vi.waitFor(() => expect(smtp.open).toBe(0))
  return smtp.received.length === 0
}

test.each<[SmtpStep, SmtpAnswer, string]>([
  ['greeting', FIN, 'fault:connection'],
  ['greeting', RST, 'fault:connection'],
  ['greeting', HANG, 'fault:connection'],
  ['greeting', 'What do you want?', 'fault:connection'],
  ['greeting', '421 4.3.2 Too many connections', 'fault:throttled'],
  ['greeting', '450 Not now', 'fault:throttled'],
  ['greeting', '554 5.7.1 We do not talk to you', 'fault:connection'],
  ['EHLO', FIN, 'fault:connection'],
  ['EHLO', HANG, 'fault:connection'],
  ['EHLO', '421 4.3.2 Closing', 'fault:throttled'],
  ['MAIL', FIN, 'deferred fault:connection'],
  ['MAIL', RST, 'deferred fault:connection'],
  ['MAIL', HANG, 'deferred fault:connection'],
  ['MAIL', 'garbage', 'deferred'],
  ['MAIL', '421 4.7.0 Slow down', 'deferred fault:throttled'],
  ['MAIL', '451 4.3.0 Local error', 'deferred'],
  ['MAIL', '530 5.7.0 Authentication required', 'deferred fault:authentication'],
  ['MAIL', '550 5.1.0 Sender refused', 'rejected'],
  ['MAIL', '503 5.5.1 Bad sequence', 'deferred'],
  ['RCPT', FIN, 'deferred fault:connection'],
  ['RCPT', RST, 'deferred fault:connection'],
  ['RCPT', HANG, 'deferred fault:connection'],
  ['RCPT', '450 4.2.0 Greylisted, try again later', 'deferred'],
  ['RCPT', '450 4.7.1 Rate limit exceeded', 'deferred fault:throttled'],
  ['RCPT', '550 5.1.1 No such user', 'rejected'],
  ['DATA', FIN, 'deferred fault:connection'],
  ['DATA', RST, 'deferred fault:connection'],
  ['DATA', HANG, 'deferred fault:connection'],
  ['DATA', '451 4.3.0 Disk full', 'deferred'],
  ['DATA', '554 5.5.1 No valid recipients', 'rejected'],
  ['dot', FIN, 'unknown'],
  ['dot', RST, 'unknown'],
  ['dot', HANG, 'unknown'],
  ['dot', 'garbage', 'unknown'],
  ['dot', { reply: '354 What?', and: 'close' }, 'unknown'],
  ['dot', '421 4.3.0 Closing, not taken', 'deferred fault:throttled'],
  ['dot', '451 4.3.0 Try again', 'deferred'],
  ['dot', '454 Throttling failure: Maximum sending rate exceeded.', 'deferred fault:throttled'],
  ['dot', '550 5.4.5 Daily user sending limit exceeded', 'deferred fault:throttled'],
  ['dot', '554 5.6.0 Spam', 'rejected'],
])('%s answered with %o means: %s', async (step, said, expected) => {
  expect(summary((await outcomeWhen(step, said)).outcome)).toBe(expected)
})

test.each<[SmtpStep, SmtpAnswer]>([
  ['MAIL', RST],
  ['RCPT', FIN],
  ['DATA', RST],
  ['DATA', HANG],
])('when the line breaks at %s (%o) the server has no mail', async (step, said) => {
  const { smtp, outcome } = await outcomeWhen(step, said)
  expect(outcome.recipients.map(({ verdict }) => verdict)).toEqual(['deferred'])
  expect(await isEmpty(smtp)).toBe(true)
})

test('a body that is cut halfway is surely not with the server', async () => {
  const smtp = closing(await startSmtp({ reply: ({ step }) => (step === 'body' ? RST : undefined) }))
  const lane = laneAt(smtp.port)
  const outcome = await deliverTo(lane, { mime: Buffer.alloc(40 * 1024 * 1024, `${'x'.repeat(70)}\r\n`) })
  expect(summary(outcome)).toBe('deferred')
  expect(await isEmpty(smtp)).toBe(true)
})

test('waits for the answer to the final dot longer than for any other', async () => {
  const late = () => new Promise<string>((resolve) => setTimeout(() => resolve('250 2.0.0 At last'), 1_500))
  const smtp = closing(await startSmtp({ reply: ({ step }) => (step === 'dot' ? late() : undefined) }))
  const lane = laneAt(smtp.port, { socketTimeout: 1_000, finalReplyTimeout: 10_000 })
  expect(summary(await deliverTo(lane))).toBe('accepted')
})

test('an accepted recipient is unknown and a refused one rejected when the line breaks after the dot', async () => {
  const smtp = closing(
    await startSmtp({
      reply: ({ step, line }) =>
        step === 'dot' ? RST : step === 'RCPT' && line.includes('gone') ? '550 5.1.1 Gone' : undefined,
    }),
  )
  const lane = laneAt(smtp.port)
  const { recipients, fault } = await deliverTo(lane, { to: ['gone@a.test', 'ok@a.test'] })
  expect(recipients.map(({ verdict }) => verdict)).toEqual(['rejected', 'unknown'])
  expect(fault).toBeUndefined()
})

test('nobody listening is a fault of the transport', async () => {
  const smtp = await startSmtp()
  await smtp.close()
  const lane = laneAt(smtp.port)
  const outcome = await deliverTo(lane)
  expect(outcome).toMatchObject({ recipients: [], fault: { kind: 'connection' }, errorCode: 'ESOCKET' })
  await expect(lane.verify()).rejects.toThrow(/ECONNREFUSED/)
})
