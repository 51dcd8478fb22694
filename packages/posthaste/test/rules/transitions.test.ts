import { expect, test } from 'vitest'
import type { State } from '../../src/mail/mail.ts'
import { states } from '../../src/mail/mail.ts'
import {
  endOf,
  finalStates,
  isAllowed,
  isFinal,
  restingStates,
  transitions,
  unsentStates,
} from '../../src/mail/transitions.ts'
import { changesOf, isFor } from '../../src/store/transition-sql.ts'

test('a state is final where only a person or a late acceptance moves a mail on', () => {
  expect(finalStates).toEqual(['sent', 'failed', 'suppressed', 'cancelled'])
  expect(unsentStates).toEqual(['failed', 'suppressed', 'cancelled'])
})

test('mail rests where it is final, and where it waits for a person', () => {
  expect(restingStates).toEqual([...finalStates, 'held'])
  expect(states.filter(isFinal)).toEqual(finalStates)
})

/** Whether a way is open, from each state; `sending` before and after its body may have begun to leave. */
const standings = (name: Parameters<typeof isAllowed>[0]) =>
  [...states, 'dispatched' as const].filter((at) =>
    isAllowed(name, {
      state: at === 'dispatched' ? 'sending' : (at as State),
      isDispatched: at === 'dispatched',
    }),
  )

test.each<[Parameters<typeof isAllowed>[0], string[]]>([
  ['claim', ['queued']],
  ['settle', ['sending', 'dispatched']],
  ['returnClaim', ['sending', 'dispatched']],
  ['rescue', ['sending', 'dispatched']],
  ['expire', ['queued', 'held']],
  ['cancel', ['queued', 'sending', 'held']],
  ['hold', ['queued']],
  ['release', ['held']],
  ['retry', ['queued', 'failed', 'cancelled', 'held']],
  ['resolveArrived', ['queued', 'failed', 'cancelled', 'held']],
  ['resolveRetry', ['queued', 'held']],
  ['forget', ['queued', 'sending', 'held']],
  ['acceptLate', ['queued', 'sending', 'failed', 'suppressed', 'cancelled', 'held']],
])('%s is allowed from %j', (name, from) => {
  expect(standings(name).toSorted()).toEqual(from.toSorted())
})

test('what stands dispatched in another state than `sending` does not keep it from being cancelled', () => {
  expect(isAllowed('cancel', { state: 'queued', isDispatched: true })).toBe(true)
})

test('the reason of a mail matters only to the ways that name it', () => {
  expect(isAllowed('retry', { state: 'failed', reason: 'rejected', isDispatched: false })).toBe(true)
  expect(isAllowed('acceptLate', { state: 'failed', reason: null, isDispatched: false })).toBe(true)
})

test('every state can be reached, and every state that is not final can be left', () => {
  const all = Object.values(transitions)
  for (const state of states) expect(all.some(({ to }) => state in to)).toBe(true)
  for (const state of states.filter((one) => !finalStates.includes(one)))
    expect(all.some(({ from, to }) => from.includes(state) && !(state in to))).toBe(true)
})

test('mail may be cancelled until its body may have begun to leave', () => {
  expect(isAllowed('cancel', { state: 'sending', isDispatched: false })).toBe(true)
  expect(isAllowed('cancel', { state: 'sending', isDispatched: true })).toBe(false)
  expect(isAllowed('cancel', { state: 'sent', isDispatched: false })).toBe(false)
  expect(isFor('cancel').sql).toBe(
    "(d.state in ('queued', 'held') or (d.state = 'sending' and d.dispatched_at is null))",
  )
})

test('a late acceptance settles mail that no other conversation has ended', () => {
  expect(isAllowed('acceptLate', { state: 'failed', reason: 'expired', isDispatched: false })).toBe(true)
  expect(isAllowed('acceptLate', { state: 'failed', reason: 'rejected', isDispatched: false })).toBe(false)
  expect(isAllowed('acceptLate', { state: 'sent', isDispatched: false })).toBe(false)
})

test('what follows from the new state is set with it', () => {
  expect(changesOf('cancel', { now: 'x.now' })).toMatchObject({
    state: "'cancelled'",
    settled_at: 'x.now',
    worker_id: 'null',
    dispatched_at: 'null',
  })
  expect(changesOf('release', { now: 'x.now' })).toMatchObject({ state: "'queued'", settled_at: 'null' })
  expect(changesOf('rescue', { now: 'g.now', state: 'g.state' })).toMatchObject({
    due_at: 'g.now',
    settled_at: "case when (g.state) in ('sent', 'failed', 'suppressed', 'cancelled') then g.now end",
  })
})

test('every transition takes the claims from before away but those of the worker that holds it', () => {
  const kept = Object.entries(transitions).flatMap(([name, { keepsToken }]) => (keepsToken ? [name] : []))
  expect(kept).toEqual(['enqueue', 'dispatch', 'settle'])
  expect(String(changesOf('hold', { now: 'x.now' }).token)).toContain('then d.token + 1 ')
  expect(changesOf('settle', { now: 'x.now', state: 'g.state' })).not.toHaveProperty('token')
})

test('a mail ends by what its recipients have come to', () => {
  expect(endOf(['accepted', 'pending'])).toBeUndefined()
  expect(endOf(['accepted', 'rejected'])).toEqual({ state: 'failed', reason: 'rejected' })
  expect(endOf(['accepted', 'suppressed'])).toEqual({ state: 'sent', reason: null })
  expect(endOf(['suppressed'])).toEqual({ state: 'suppressed', reason: null })
})
