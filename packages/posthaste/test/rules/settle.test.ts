import { expect, test } from 'vitest'
import type { Outcome, Verdict } from '../../src/outcome.ts'
import { backoff, defaultRetry } from '../../src/retry.ts'
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

test('the wait doubles, is bounded, and chance moves it by the jitter at most', () => {
  const waits = [1, 2, 3, 9, 20].map((attempts) => backoff(defaultRetry, attempts, 0.5))
  expect(waits).toEqual([minute, 2 * minute, 4 * minute, 240 * minute, 240 * minute])
  expect(backoff(defaultRetry, 1, 0)).toBe(0.8 * minute)
  expect(backoff(defaultRetry, 1, 1)).toBe(1.2 * minute)
})

function recipient(seq: number, state: 'pending' | 'suppressed') {
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

function said(...verdicts: Verdict[]): Outcome {
  return {
    type: 'answered',
    recipients: verdicts.map((verdict, seq) => ({ address: `r${seq}@example.com`, verdict })),
  }
}
