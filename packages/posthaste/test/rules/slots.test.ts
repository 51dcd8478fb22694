import { describe, expect, test } from 'vitest'
import { Limiter } from '../../src/routing/limiter.ts'
import { Departures, Slots } from '../../src/routing/slots.ts'
import { createCapture } from '../../src/transports/capture.ts'

/** The first of a lane, and its retries. */
const [high, highAgain, normal, normalAgain, bulk] = [0, 1, 2, 3, 6]
const now = 1_000_000

function slotsOf(size: number, limit?: ConstructorParameters<typeof Limiter>[0]): Slots {
  return new Slots(createCapture({ name: 'relay' }), { size, limiter: new Limiter(limit) })
}

/** Under way: so many mails of a lane. */
function filled(size: number, ...lanes: number[]): Slots {
  const slots = slotsOf(size)
  for (const lane of lanes) slots.take(lane, now)
  return slots
}

const of = (count: number, lane: number) => Array<number>(count).fill(lane)

test('each mail under way takes a place, and gives it back', () => {
  const slots = filled(4, normal, normalAgain)
  expect([slots.room(now), slots.isIdle]).toEqual([2, false])
  slots.free(normal)
  slots.free(normalAgain)
  expect([slots.room(now), slots.isIdle, slots.retryRoom]).toEqual([4, true, 2])
})

describe('one slot is kept for high priority', () => {
  test('where there are three or more', () => {
    expect([1, 2, 3, 10].map((size) => slotsOf(size).isFilledBy(size))).toEqual([false, false, true, true])
    expect([2, 3].map((mails) => slotsOf(4).isFilledBy(mails))).toEqual([false, false])
    expect(filled(4, normal).isFilledBy(3)).toBe(true)
  })

  test('and no other mail gets it', () => {
    const slots = filled(4, ...of(3, normal))
    expect([high, highAgain, normal, bulk].map((lane) => slots.admits(lane, now))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(filled(4, ...of(2, normal)).admits(bulk, now)).toBe(true)
    expect(filled(4, ...of(4, high)).admits(high, now)).toBe(false)
  })

  test('and what claims without knowing where mail goes sees it apart', () => {
    expect(filled(4, normal).openAndKept(now)).toEqual({ open: 2, kept: true })
    expect(filled(4, ...of(4, high)).openAndKept(now)).toEqual({ open: 0, kept: false })
    expect(filled(2, normal).openAndKept(now)).toEqual({ open: 1, kept: false })
    expect(slotsOf(4, { perSecond: 2 }).openAndKept(now)).toEqual({ open: 2, kept: false })
    const overfull = filled(1, normal, normal)
    expect(overfull.openAndKept(now)).toEqual({ open: 0, kept: false })
  })
})

describe('retries', () => {
  test('hold at most half of the slots, rounded up', () => {
    expect([1, 2, 5, 10].map((size) => slotsOf(size).retryRoom)).toEqual([1, 1, 3, 5])
    expect(filled(10, ...of(4, normalAgain), ...of(3, normal)).retryRoom).toBe(1)
    expect(filled(10, ...of(6, normalAgain)).retryRoom).toBe(0)
  })

  test('wait where half is theirs already, and first attempts do not', () => {
    const slots = filled(10, ...of(5, normalAgain))
    expect([normalAgain, highAgain, normal].map((lane) => slots.admits(lane, now))).toEqual([
      false,
      false,
      true,
    ])
  })
})

describe('a back-off', () => {
  test('lets nothing through, and says how long', () => {
    const slots = slotsOf(4)
    slots.backoff.start(now, { random: 0.5 })
    expect([slots.room(now), slots.admits(high, now), slots.waitFor(now + 1_000)]).toEqual([0, false, 3_000])
  })

  test('lets one go ahead when it is over, and the others when that came through', () => {
    const slots = slotsOf(4)
    slots.backoff.start(now, { random: 0.5 })
    const over = now + 4_000
    expect([slots.room(over), slots.waitFor(over)]).toEqual([1, undefined])
    slots.take(normal, over)
    expect(slots.room(over)).toBe(0)
    slots.backoff.end()
    expect(slots.room(over)).toBe(3)
  })
})

test('a limit bounds what may begin, and says how long it holds back', () => {
  const slots = slotsOf(10, { perSecond: 2 })
  expect([slots.room(now), slots.waitFor(now)]).toEqual([2, undefined])
  slots.take(normal, now)
  slots.take(normal, now)
  expect([slots.room(now), slots.admits(high, now), slots.waitFor(now)]).toEqual([0, false, 500])
})

test('what was free for a moment takes its place again, and counts once for the limit', () => {
  const slots = slotsOf(10, { perSecond: 2 })
  slots.take(normalAgain, now)
  slots.free(normalAgain)
  slots.retake(normalAgain)
  expect([slots.room(now), slots.retryRoom, slots.isIdle]).toEqual([1, 4, false])
})

describe('conversations', () => {
  test('are as many as there are slots; the others wait, the most urgent first and those of a lane in turn', async () => {
    const slots = slotsOf(1)
    const begun: string[] = []
    expect(slots.enter(normal)).toBeUndefined()
    const waiting = (
      [
        ['first', normal],
        ['bulk', bulk],
        ['high', high],
        ['second', normal],
      ] as const
    ).map(([name, lane]) => slots.enter(lane)?.then(() => begun.push(name)))
    for (let i = 0; i < 4; i++) slots.leave()
    await Promise.all(waiting)
    expect(begun).toEqual(['high', 'first', 'second', 'bulk'])
  })

  test('leave one slot to high priority, though other mail was claimed ahead', async () => {
    const slots = slotsOf(4)
    const talks = (lane: number) => slots.enter(lane) === undefined
    expect([normal, bulk, normalAgain].map(talks)).toEqual([true, true, true])
    const ahead = slots.enter(normal)
    expect(ahead).toBeInstanceOf(Promise)
    expect([high, highAgain].map(talks)).toEqual([true, false])
    slots.leave()
    slots.leave()
    expect([normal, high].map(talks)).toEqual([false, true])
    slots.leave()
    slots.leave()
    await ahead
  })

  test('give their slot to the next, or leave it free', () => {
    const slots = slotsOf(1)
    void slots.enter(normal)
    const next = slots.enter(normal)
    expect(next).toBeInstanceOf(Promise)
    slots.leave()
    expect(slots.enter(normal)).toBeInstanceOf(Promise)
    slots.leave()
    slots.leave()
    expect(slots.enter(normal)).toBeUndefined()
  })

  test('that are short beside a commit have mail waiting for them', () => {
    const slots = slotsOf(2)
    expect(slots.isStocked).toBe(false)
    for (let i = 0; i < 50; i++) slots.pace.turned(100)
    slots.pace.delivered(90)
    expect([slots.pace.ahead(2), slots.room(now)]).toEqual([2, 4])
    for (let i = 0; i < 3; i++) void slots.enter(normal)
    expect(slots.isStocked).toBe(false)
    void slots.enter(normal)
    expect(slots.isStocked).toBe(true)
  })
})

describe('mail that found no slot comes back', () => {
  test('while the transport backs off: when that ends, and within half a minute', () => {
    const short = slotsOf(4)
    short.backoff.start(now, { random: 0.5 })
    expect(short.comeBackAt(now)).toBe(now + 4_000)
    const long = slotsOf(4)
    long.backoff.start(now, { random: 0.5, atLeast: 600_000 })
    expect(long.comeBackAt(now)).toBe(now + 30_000)
  })

  test('while one mail tries the transport: in a second', () => {
    const slots = slotsOf(4)
    slots.backoff.start(now, { random: 0.5 })
    expect(slots.comeBackAt(now + 4_000)).toBe(now + 5_000)
  })

  test('as fast as slots become free, or as the limit allows', () => {
    const free = slotsOf(4)
    free.pace.delivered(400)
    expect([free.comeBackAt(now), free.comeBackAt(now)]).toEqual([now + 100, now + 200])
    expect(free.expectsUntil).toBe(now + 200)
    const limited = slotsOf(4, { perSecond: 2 })
    limited.take(normal, now)
    limited.take(normal, now)
    expect([limited.comeBackAt(now), limited.comeBackAt(now)]).toEqual([now + 1_000, now + 1_500])
  })
})

describe('mail like what only meets faults', () => {
  test('has half of the slots, but one at least', () => {
    expect([1, 2, 3, 10].map((size) => slotsOf(size).suspectPlaces)).toEqual([1, 1, 1, 5])
  })

  test('has all of them where a fault is answered sooner than a claim is returned', () => {
    const slots = slotsOf(10)
    slots.pace.delivered(20)
    slots.pace.turned(45)
    expect(slots.suspectPlaces).toBe(5)
    slots.pace.turned(60)
    expect(slots.suspectPlaces).toBeGreaterThanOrEqual(10)
  })

  test('comes back as fast as its slots become free', () => {
    const slots = slotsOf(10)
    slots.pace.delivered(100)
    expect([slots.suspectComesBackAt(now), slots.suspectComesBackAt(now)]).toEqual([now + 120, now + 140])
    expect(slots.expectsUntil).toBe(now + 140)
  })
})

describe('departures', () => {
  test('go one after another, a millisecond apart at least', () => {
    const departures = new Departures()
    expect([departures.next(10, 0), departures.next(10, 0.2), departures.next(10, 2.4)]).toEqual([11, 12, 14])
    expect(departures.last).toBe(14.4)
    expect(departures.next(100, 1)).toBe(101)
  })

  test('are never more than a minute ahead', () => {
    const departures = new Departures()
    expect(departures.next(0, 100_000)).toBe(60_000)
    expect(departures.next(5, 100_000)).toBe(60_005)
  })
})
