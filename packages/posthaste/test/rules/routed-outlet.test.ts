import { expect, test } from 'vitest'
import { Limiter } from '../../src/routing/limiter.ts'
import { RoutedOutlet } from '../../src/routing/routed-outlet.ts'
import { Slots } from '../../src/routing/slots.ts'
import { createCapture } from '../../src/transports/capture.ts'

const now = 1_000_000
const normal = 2
const slotsOf = (size: number) =>
  new Slots(createCapture({ name: 'relay' }), { size, limiter: new Limiter(undefined) })
const outletOf = (...slots: Slots[]) =>
  new RoutedOutlet(
    () => slots,
    () => [],
  )

function fill(slots: Slots, mails = slots.size): Slots {
  for (let i = 0; i < mails; i++) slots.take(normal, now)
  return slots
}

test('ten are claimed while no transport is known', () => {
  expect([outletOf().room(now), outletOf().isFilledBy()]).toEqual([10, false])
  expect(outletOf().retryRoom).toBe(Number.POSITIVE_INFINITY)
})

test('as much is claimed as the transports in use have room for, and one for a slot that is kept', () => {
  const [two, four] = [slotsOf(2), fill(slotsOf(4), 2)]
  const outlet = outletOf(two, four)
  expect(outlet.room(now)).toBe(2 + 1 + 1)
  expect(outlet.isFilledBy()).toBe(true)
  fill(four, 2)
  expect([outlet.room(now), outlet.isFilledBy()]).toEqual([2, false])
  expect(outletOf(slotsOf(500)).room(now)).toBe(100 + 1)
})

test('what waits to be told its transport counts', () => {
  const outlet = outletOf(slotsOf(2))
  outlet.waiting = 1
  expect(outlet.room(now)).toBe(1)
  outlet.waiting = 5
  expect([outlet.room(now), outlet.waitFor(now)]).toEqual([0, undefined])
})

test('the next look is waited for only until it is made, and not where there is room', () => {
  const slots = fill(slotsOf(2))
  const outlet = outletOf(slots)
  outlet.claimed({ begun: 0, returned: 3 }, now)
  outlet.waiting = 10
  expect([outlet.waitFor(now + 99), outlet.waitFor(now + 100)]).toEqual([1, undefined])
  slots.free(normal)
  outlet.waiting = 9
  expect([outlet.room(now), outlet.waitFor(now)]).toEqual([1, undefined])
})

test('while nothing of it could begin, ever more is claimed, every tenth of a second', () => {
  const outlet = outletOf(fill(slotsOf(2)))
  const rooms = Array.from({ length: 8 }, (_, look) => {
    outlet.claimed({ begun: 0, returned: 3 }, now + look * 100)
    expect(outlet.room(now + look * 100 + 99)).toBe(0)
    return outlet.room(now + (look + 1) * 100)
  })
  expect(rooms).toEqual([10, 20, 40, 80, 160, 320, 500, 500])
  outlet.claimed({ begun: 1, returned: 3 }, now + 800)
  expect(outlet.room(now + 900)).toBe(10)
})

test('batches grow beside a transport that has room, too', () => {
  const outlet = outletOf(fill(slotsOf(2)), slotsOf(2))
  for (const look of [0, 1]) outlet.claimed({ begun: 0, returned: 3 }, now + look * 100)
  expect(outlet.room(now + 200)).toBe(20)
})

test('where something began, the next look is made at once unless every transport is full', () => {
  const slots = slotsOf(2)
  const outlet = outletOf(slots)
  outlet.claimed({ begun: 1, returned: 0 }, now)
  expect([outlet.room(now), outlet.waitFor(now)]).toEqual([2, undefined])
  fill(slots)
  outlet.claimed({ begun: 2, returned: 0 }, now)
  expect([outlet.room(now + 40), outlet.waitFor(now + 40)]).toEqual([0, 60])
  expect([outlet.room(now + 100), outlet.waitFor(now + 100)]).toEqual([10, undefined])
})

test('a slot that becomes free ends the wait', () => {
  const slots = fill(slotsOf(2))
  const outlet = outletOf(slots)
  outlet.claimed({ begun: 0, returned: 3 }, now)
  expect(outlet.room(now + 1)).toBe(0)
  slots.free(normal)
  expect([outlet.room(now + 1), outlet.waitFor(now + 1)]).toEqual([10, undefined])
})

test('a turn that claimed nothing says nothing of what could not begin', () => {
  const outlet = outletOf(slotsOf(2))
  outlet.claimed({ begun: 0, returned: 0 }, now)
  expect(outlet.room(now)).toBe(2)
})

test('a claim is told the faults of a transport that one mail may try now, once for each', () => {
  let halfOpen = [
    { name: 'relay', faults: 2 },
    { name: 'other', faults: 6 },
  ]
  const outlet = new RoutedOutlet(
    () => [],
    () => halfOpen,
  )
  const told = () => Array.from({ length: 4 }, () => outlet.faults(now))
  expect(told()).toEqual([2, 6, 0, 0])
  halfOpen = [{ name: 'relay', faults: 3 }]
  expect(told()).toEqual([3, 0, 0, 0])
})
