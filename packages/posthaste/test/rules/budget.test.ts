import { describe, expect, test } from 'vitest'
import type { State } from '../../src/mail/mail.ts'
import { Limiter } from '../../src/routing/limiter.ts'
import { Slots } from '../../src/routing/slots.ts'
import type { Claim } from '../../src/store/store.ts'
import { createCapture } from '../../src/transports/capture.ts'
import { Budget } from '../../src/worker/budget.ts'
import type { Delivered } from '../../src/worker/deliver.ts'
import { type InFlight, InFlightSet, settlingOf } from '../../src/worker/in-flight.ts'

const now = 1_000_000
const normalAgain = 3

function mail(
  mailId: string,
  { rescues = 0, token = 1, limiter }: { rescues?: number; token?: number; limiter?: Limiter } = {},
): InFlight {
  return {
    claim: { mailId, token, lane: normalAgain, rescues } as Claim,
    workerId: 'w',
    limiter,
    slots: undefined,
    delivered: undefined,
  }
}

const cameTo = (state: State) => ({ settlement: { state }, attempt: null }) as unknown as Delivered
const settledAs = (state: State): InFlight => ({ ...mail('a'), delivered: cameTo(state) })
const slotsOf = (size: number) =>
  new Slots(createCapture({ name: 'relay' }), { size, limiter: new Limiter(undefined) })

describe('the budget of a pass', () => {
  test('is without bounds where none are given', () => {
    const budget = new Budget({})
    budget.countBegun()
    expect(budget.left).toBe(Number.POSITIVE_INFINITY)
  })

  test('is so many mails begun', () => {
    const budget = new Budget({ max: 2 })
    budget.countBegun()
    expect(budget.left).toBe(1)
    budget.countBegun()
    expect(budget.left).toBe(0)
  })

  test('ends with so many deferred, those that wait to be settled included', () => {
    const budget = new Budget({ max: 9, maxDeferred: 2 })
    expect(budget.leftAfter([settledAs('queued')])).toBe(9)
    expect(budget.leftAfter([settledAs('queued'), settledAs('queued')])).toBe(0)
    expect(budget.leftAfter([settledAs('sent'), mail('b'), settledAs('queued')])).toBe(9)
    budget.count(settledAs('queued'), 'settled')
    expect([budget.left, budget.leftAfter([settledAs('queued')])]).toEqual([9, 0])
    budget.count(settledAs('queued'), 'settled')
    expect(budget.left).toBe(0)
  })

  test('counts what was settled, by what it came to', () => {
    const budget = new Budget({})
    for (const state of ['sent', 'sent', 'queued', 'failed', 'suppressed', 'held', 'cancelled'] as const)
      budget.count(settledAs(state), 'settled')
    budget.count(settledAs('sent'), 'stale')
    budget.count(mail('a'), 'settled')
    expect(budget.counts).toEqual({ sent: 2, deferred: 1, failed: 1, suppressed: 1, held: 1 })
  })
})

describe('mail that is under way', () => {
  test('waits until a transport has taken it, holds a slot, and counts for the limits', () => {
    const [set, slots, limiter] = [new InFlightSet(), slotsOf(4), new Limiter({ perSecond: 5 })]
    const one = mail('a', { limiter })
    set.add(one)
    set.add(mail('b'))
    expect([set.size, set.waiting]).toEqual([2, 2])
    set.takeSlot(one, slots, now)
    expect([set.waiting, slots.room(now), slots.retryRoom, limiter.room(now)]).toEqual([1, 3, 1, 4])
    expect(one.slots).toBe(slots)
  })

  test('that was told without a slot waits for none', () => {
    const set = new InFlightSet()
    const one = mail('a')
    set.add(one)
    set.deliver(one, cameTo('queued'))
    expect([set.waiting, set.size]).toEqual([0, 1])
    set.putBack(set.takeDone())
    expect(set.takeDone()).toEqual([one])
  })

  test('gives its slot to the turn that settles it, and takes it back where that fails', () => {
    const [set, slots] = [new InFlightSet(), slotsOf(4)]
    const [one, two] = [mail('a'), mail('b')]
    for (const each of [one, two]) {
      set.add(each)
      set.takeSlot(each, slots, now)
    }
    set.deliver(one, cameTo('sent'))
    expect(set.takeDone()).toEqual([one])
    expect([slots.room(now), set.size, set.takeDone()]).toEqual([3, 2, []])
    set.deliver(two, cameTo('sent'))
    set.putBack([one])
    expect(slots.room(now)).toBe(2)
    expect(set.takeDone()).toEqual([one, two])
    set.finish(one)
    expect(set.claims).toEqual([two.claim])
  })

  test('may be given up once, and its slot is free', () => {
    const [set, slots] = [new InFlightSet(), slotsOf(4)]
    const one = mail('a')
    set.add(one)
    set.takeSlot(one, slots, now)
    for (let i = 0; i < 2; i++) set.giveUp(one)
    expect([set.size, slots.room(now), slots.retryRoom]).toEqual([0, 4, 2])
    const bare = mail('b')
    set.add(bare)
    set.giveUp(bare)
    expect(set.size).toBe(0)
  })

  test('is told apart by its claim, not by the mail alone', () => {
    const set = new InFlightSet()
    set.add(mail('a', { token: 1 }))
    set.add(mail('a', { token: 2 }))
    set.finish(mail('a', { token: 1 }))
    expect(set.claims.map(({ token }) => token)).toEqual([2])
  })

  test('is suspect where workers have died with it', () => {
    const set = new InFlightSet()
    set.add(mail('a'))
    expect(set.hasSuspect).toBe(false)
    set.add(mail('b', { rescues: 1 }))
    expect(set.hasSuspect).toBe(true)
  })

  test('is settled with what came of it', () => {
    expect(settlingOf(mail('a'))).toEqual([])
    expect(settlingOf(settledAs('sent'))).toEqual([{ settlement: { state: 'sent' }, attempt: null }])
  })
})
