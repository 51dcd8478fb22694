import { expect, test } from 'vitest'
import type { Outcome, RecipientOutcome } from '../../src/outcome.ts'
import { comparedDomain, comparedReply, isUnproven, originOf, proven, unprovenOf } from '../../src/refusal.ts'

const reply = { code: 550, text: 'no' }
const accepted: RecipientOutcome = { address: 'a@example.com', verdict: 'accepted', reply }
const deferred: RecipientOutcome = { address: 'd@example.com', verdict: 'deferred', reply }
const final: RecipientOutcome = { address: 'f@example.com', verdict: 'rejected', reply }
const waiting: RecipientOutcome = { address: 'w@example.com', verdict: 'rejected', reply, proven: false }
const shown: RecipientOutcome = { ...waiting, proven: true }
const answered = (...recipients: RecipientOutcome[]): Outcome => ({ type: 'answered', recipients })
const fault: Outcome = { type: 'fault', fault: { kind: 'connection', scope: 'transport', message: 'x' } }

test('only a refusal that says so may still be the transport’s fault', () => {
  expect([accepted, deferred, final, waiting, shown].map(isUnproven)).toEqual([
    false,
    false,
    false,
    true,
    false,
  ])
  expect(isUnproven({ ...deferred, proven: false } as RecipientOutcome)).toBe(false)
})

test('none needs a proof where another recipient was accepted, or nothing was answered', () => {
  expect(unprovenOf(answered(final, waiting, deferred))).toEqual([waiting])
  expect(unprovenOf(answered(waiting, accepted))).toEqual([])
  expect(unprovenOf(fault)).toEqual([])
})

test('a proven outcome is final for each refusal, and the same for all else', () => {
  expect(proven(answered(waiting, final, deferred))).toEqual(answered(shown, final, deferred))
  const without = answered(final, accepted)
  expect(proven(without)).toBe(without)
  expect(proven(fault)).toBe(fault)
})

test('mail shares a fate by stream, sender’s domain and tenant', () => {
  const mail = { stream: 'news', sender: 'Ada@Shop.Example', tenant: 'acme', subject: 'x' }
  expect(originOf(mail)).toEqual({ stream: 'news', sender: 'shop.example', tenant: 'acme' })
  expect(originOf({ ...mail, sender: '', tenant: null })).toEqual({
    stream: 'news',
    sender: '',
    tenant: null,
  })
  expect(comparedDomain('x@BÜCHER.example')).toBe('xn--bcher-kva.example')
})

test.each([
  [{ code: 550, enhanced: '5.7.1', text: 'No  such Account' }, '550 5.7.1 no such account'],
  [{ text: 'No.' }, 'no.'],
  [{ code: 550, text: 'closed' }, '550 closed'],
  [
    { code: 550, text: 'for ada@example.com via mx.example.com id 4f2 a/b c\\d e:f g=h i_j. end' },
    '550 for via id end',
  ],
  [{ code: 550, text: `${'word '.repeat(60)}` }, `550 ${'word '.repeat(60)}`.slice(0, 200)],
  [{ code: 550, text: `${'12345 '.repeat(100)}late` }, '550'],
] as const)('a reply is compared without what differs from mail to mail: %o', (given, compared) => {
  expect(comparedReply(given)).toBe(compared)
})
