import { describe, expect, test } from 'vitest'
import {
  type Answered,
  answersOf,
  blame,
  everyRecipient,
  type Faulted,
  faultOf,
  isTransportWide,
  type Outcome,
  type Scope,
  type TransportFault,
} from '../../src/outcome.ts'

const fault = (scope: Scope): TransportFault => ({ kind: 'throttled', scope, message: 'too many' })
const recipients = everyRecipient(['a@example.com', 'b@example.com'], 'deferred')
const answered: Answered = { type: 'answered', recipients, fault: fault('unknown') }
const faulted: Faulted = { type: 'fault', fault: fault('unknown') }
const unsent: Outcome = { type: 'unsent', reason: 'expired' }
const aborted: Outcome = { type: 'aborted' }

test('every recipient gets the same word, with the reply where there is one', () => {
  expect(recipients).toEqual([
    { address: 'a@example.com', verdict: 'deferred' },
    { address: 'b@example.com', verdict: 'deferred' },
  ])
  expect(recipients[0]).not.toHaveProperty('reply')
  const reply = { code: 250, text: 'ok' }
  expect(everyRecipient(['a@example.com'], 'accepted', reply)).toEqual([
    { address: 'a@example.com', verdict: 'accepted', reply },
  ])
})

test('only an answer has recipients, and only an answer or a fault has a fault', () => {
  expect([answered, faulted, unsent, aborted].map((one) => answersOf(one).length)).toEqual([2, 0, 0, 0])
  expect([answered, faulted, unsent, aborted].map((one) => faultOf(one)?.scope)).toEqual([
    'unknown',
    'unknown',
    undefined,
    undefined,
  ])
  expect(faultOf({ type: 'answered', recipients })).toBeUndefined()
})

test("a fault is everybody's where its scope is the transport", () => {
  const scopes: Scope[] = ['recipient', 'mail', 'sender', 'transport', 'unknown']
  expect(scopes.filter((scope) => isTransportWide(fault(scope)))).toEqual(['transport'])
})

describe('the blame for what the answer does not say', () => {
  const scopeOf = (outcome: Outcome, isConfirmed: boolean) =>
    faultOf(blame(outcome, () => isConfirmed))?.scope

  test("is the transport's before MAIL FROM, and after it where others have met the same", () => {
    expect([scopeOf(faulted, false), scopeOf(faulted, true)]).toEqual(['transport', 'transport'])
    expect([scopeOf(answered, false), scopeOf(answered, true)]).toEqual(['mail', 'transport'])
    expect(blame(answered, () => true)).toEqual({ ...answered, fault: fault('transport') })
  })

  test('is not asked for where the answer says it, or where there is no fault', () => {
    const asked: TransportFault[] = []
    const confirms = (one: TransportFault) => asked.push(one) > 0
    const known: Outcome = { ...answered, fault: fault('sender') }
    for (const outcome of [known, { type: 'answered', recipients } as const, unsent, aborted])
      expect(blame(outcome, confirms)).toBe(outcome)
    expect(asked).toEqual([])
    blame(answered, confirms)
    expect(asked).toEqual([fault('unknown')])
  })
})
