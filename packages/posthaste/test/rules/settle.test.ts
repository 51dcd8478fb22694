import { describe, expect, test } from 'vitest'
import type { RecipientState } from '../../src/mail/mail.ts'
import type {
  Answered,
  Outcome,
  RecipientOutcome,
  Scope,
  TransportFault,
  Verdict,
} from '../../src/outcome.ts'
import { defaultRetry } from '../../src/retry.ts'
import { type Deciding, settle } from '../../src/settle.ts'

const noon = Date.UTC(2026, 10, 24, 12)
const minute = 60_000
const given = { now: noon, random: 0.5 }

test('every recipient accepted: sent', () => {
  expect(settle(claim(), said('accepted', 'accepted'), given)).toMatchObject({
    state: 'sent',
    attempts: 1,
    accepted: true,
  })
})

test('one accepted, one rejected: failed, and the record keeps both', () => {
  const settled = settle(claim(), said('accepted', 'rejected'), given)
  expect(settled).toMatchObject({ state: 'failed', reason: 'rejected', accepted: true })
  expect(settled.recipients.map(({ state }) => state)).toEqual(['accepted', 'rejected'])
})

test('one accepted, one deferred: queued for the other alone', () => {
  const settled = settle(claim(), said('accepted', 'deferred'), given)
  expect(settled).toMatchObject({ state: 'queued', dueAt: noon + minute, attempts: 1 })
  expect(settled.recipients.map(({ state }) => state)).toEqual(['accepted', 'pending'])
})

test('a suppressed recipient beside an accepted one: sent; all suppressed: suppressed, never sent', () => {
  const one = claim({ recipients: [recipient(0, 'suppressed'), recipient(1, 'pending')] })
  expect(
    settle(one, { type: 'answered', recipients: [{ address: 'r1@example.com', verdict: 'accepted' }] }, given)
      .state,
  ).toBe('sent')
  const all = claim({ recipients: [recipient(0, 'suppressed'), recipient(1, 'suppressed')] })
  expect(settle(all, { type: 'answered', recipients: [] }, given)).toMatchObject({
    state: 'suppressed',
    attempts: 0,
  })
})

test("the transport's own fault burns no attempt and waits as long as the transport backs off", () => {
  const fault: Outcome = {
    type: 'fault',
    fault: { kind: 'connection', scope: 'transport', message: 'refused' },
  }
  expect(settle(claim({ attempts: 4 }), fault, { ...given, restFor: 8_000 })).toMatchObject({
    state: 'queued',
    attempts: 4,
    dueAt: noon + 8_000,
  })
})

test('after a fault a mail waits for at least a second, however short the back-off', () => {
  const fault: Outcome = {
    type: 'fault',
    fault: { kind: 'connection', scope: 'transport', message: 'refused' },
  }
  for (const restFor of [0, 1, 999])
    expect(settle(claim(), fault, { ...given, restFor }).dueAt).toBe(noon + 1_000)
})

test('an unknown outcome is counted; with `hold` it stops the mail, with `retry` it goes again', () => {
  expect(settle(claim(), said('unknown', 'unknown'), given)).toMatchObject({ state: 'queued', unknowns: 1 })
  expect(settle(claim({ onUnknown: 'hold' }), said('unknown', 'unknown'), given)).toMatchObject({
    state: 'held',
    reason: 'unknown',
    unknowns: 1,
  })
})

test('past its give-up age a deferred mail fails as gave-up, past its expiry as expired', () => {
  const old = claim({ sendAt: noon - defaultRetry.giveUpAfter })
  expect(settle(old, said('deferred', 'deferred'), given)).toMatchObject({
    state: 'failed',
    reason: 'gave-up',
  })
  const late = claim({ expiresAt: noon })
  expect(settle(late, said('deferred', 'deferred'), given)).toMatchObject({
    state: 'failed',
    reason: 'expired',
  })
})

test('a mail that no transport was asked about fails for its own reason, without an attempt', () => {
  expect(settle(claim(), { type: 'unsent', reason: 'unreadable' }, given)).toMatchObject({
    state: 'failed',
    reason: 'unreadable',
    attempts: 0,
  })
})

test('the body of a sensitive mail goes when it is finished, and not before', () => {
  const secret = claim({ sensitive: true })
  expect(settle(secret, said('deferred', 'deferred'), given).dropBody).toBe(false)
  expect(settle(secret, said('accepted', 'accepted'), given).dropBody).toBe(true)
})

describe('an attempt', () => {
  const shared = fault('transport')
  const own = fault('mail')
  test.each<[string, Outcome, number]>([
    ['counts where the mail was deferred', said('deferred'), 1],
    [
      'does not count where the transport was in trouble, deferred or not',
      { ...said('deferred'), fault: shared },
      0,
    ],
    [
      'counts where a recipient was refused for all that',
      { ...said('deferred', 'rejected'), fault: shared },
      1,
    ],
    ['counts where the mail may have left for all that', { ...said('unknown'), fault: shared }, 1],
    ["counts where the trouble is this mail's own", { type: 'fault', fault: own }, 1],
    [
      "counts where the trouble is this mail's own, and it was deferred",
      { ...said('deferred'), fault: own },
      1,
    ],
    ['does not count where nobody was asked', { type: 'answered', recipients: [] }, 0],
  ])('%s', (_, outcome, attempts) => {
    expect(settle(claim({ attempts: 4 }), outcome, given)).toMatchObject({
      attempts: 4 + attempts,
      state: 'queued',
    })
  })

  test('of the transport waits a second, and one of the mail itself waits by its retry policy', () => {
    expect(settle(claim(), { type: 'fault', fault: shared }, given).dueAt).toBe(noon + 1_000)
    expect(settle(claim(), { type: 'fault', fault: own }, given).dueAt).toBe(noon + minute)
  })
})

test('what recipients were told stands with them; who was told before is not told again', () => {
  const reply = { code: 450, text: 'later' }
  const one = claim({
    recipients: [
      recipient(0, 'accepted'),
      recipient(1, 'pending'),
      recipient(2, 'suppressed'),
      recipient(3, 'pending'),
    ],
  })
  const recipients: RecipientOutcome[] = [
    { address: 'r0@example.com', verdict: 'rejected' },
    { address: 'r1@example.com', verdict: 'deferred', reply },
  ]
  expect(settle(one, { type: 'answered', recipients }, given).recipients).toEqual([
    { seq: 1, state: 'pending', reply },
    { seq: 2, state: 'suppressed' },
  ])
})

test('the longest wait that was asked for holds', () => {
  const recipients: RecipientOutcome[] = [2, 5, 3].map((minutes, seq) => ({
    address: `r${seq}@example.com`,
    verdict: 'deferred',
    retryAfter: minutes * minute,
  }))
  expect(settle(claim(), { type: 'answered', recipients }, given).dueAt).toBe(noon + 5 * minute)
  expect(settle(claim(), { type: 'answered', recipients }, { ...given, restFor: 9 * minute }).dueAt).toBe(
    noon + 9 * minute,
  )
})

test('one doubtful recipient makes the mail doubtful, and one accepted makes it a fact', () => {
  expect(settle(claim({ unknowns: 2 }), said('accepted', 'unknown'), given)).toMatchObject({
    unknowns: 3,
    accepted: true,
  })
  expect(settle(claim({ unknowns: 2 }), said('deferred', 'rejected'), given)).toMatchObject({
    unknowns: 2,
    accepted: false,
  })
})

test('`hold` holds only what is doubtful, and only while something is open', () => {
  const held = claim({ onUnknown: 'hold' })
  expect(settle(held, said('deferred', 'deferred'), given).state).toBe('queued')
  expect(settle(held, said('accepted', 'rejected'), given).state).toBe('failed')
})

test('a mail is given up a moment after its time, and not a moment before', () => {
  const young = claim({ sendAt: noon - defaultRetry.giveUpAfter + 1, expiresAt: noon + 1 })
  expect(settle(young, said('deferred', 'deferred'), given)).toMatchObject({ state: 'queued', reason: null })
})

test('a settlement names the mail and the claim', () => {
  expect(settle(claim({ mailId: 'a', token: 7 }), said('accepted', 'accepted'), given)).toEqual({
    mailId: 'a',
    token: 7,
    state: 'sent',
    reason: null,
    dueAt: noon,
    attempts: 1,
    unknowns: 0,
    recipients: [
      { seq: 0, state: 'accepted' },
      { seq: 1, state: 'accepted' },
    ],
    dropBody: false,
    accepted: true,
  })
})

function recipient(seq: number, state: RecipientState) {
  return { seq, address: `r${seq}@example.com`, state }
}

function claim(more: Partial<Deciding> = {}): Deciding {
  return {
    mailId: 'id',
    token: 1,
    attempts: 0,
    sendAt: noon,
    expiresAt: null,
    onUnknown: 'retry',
    sensitive: false,
    retry: defaultRetry,
    unknowns: 0,
    recipients: [recipient(0, 'pending'), recipient(1, 'pending')],
    ...more,
  }
}

function said(...verdicts: Verdict[]): Answered {
  return {
    type: 'answered',
    recipients: verdicts.map((verdict, seq) => ({ address: `r${seq}@example.com`, verdict })),
  }
}

function fault(scope: Scope): TransportFault {
  return { kind: 'connection', scope, message: 'refused' }
}
