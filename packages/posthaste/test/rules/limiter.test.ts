import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Limiter } from '../../src/routing/limiter.ts'

const now = 1_000_000

test('without a bound there is always room, and nothing to wait for', () => {
  const limiter = new Limiter(undefined)
  limiter.take(1_000_000, now)
  expect([limiter.room(now), limiter.interval, limiter.waitFor(now)]).toEqual([
    Number.POSITIVE_INFINITY,
    0,
    0,
  ])
})

test('what a second allows may go at once, and comes back evenly', () => {
  const limiter = new Limiter({ perSecond: 10 })
  expect(limiter.room(now)).toBe(10)
  limiter.take(10, now)
  expect([0, 99, 100, 250, 5_000].map((ms) => limiter.room(now + ms))).toEqual([0, 0, 1, 2, 10])
})

test.each([
  [{ perMinute: 60 }, 1, 1_000],
  [{ perMinute: 600 }, 10, 100],
  [{ perDay: 24 }, 1, 3_600_000],
  [{ perSecond: 0.5 }, 1, 2_000],
])('%j is spread evenly: %d at once, one each %d ms', (limit, burst, interval) => {
  const limiter = new Limiter(limit)
  expect([limiter.room(now), limiter.interval]).toEqual([burst, interval])
  limiter.take(burst, now)
  expect([limiter.room(now), limiter.waitFor(now)]).toEqual([0, interval])
  expect([limiter.room(now + interval - 1), limiter.room(now + interval)]).toEqual([0, 1])
  expect(limiter.waitFor(now + interval)).toBe(0)
})

test('of several bounds the tightest holds', () => {
  const limiter = new Limiter({ perSecond: 5, perMinute: 60 })
  expect([limiter.room(now), limiter.interval]).toEqual([1, 1_000])
  limiter.take(1, now)
  expect(limiter.waitFor(now)).toBe(1_000)
})

test('what was taken beyond the room is paid back', () => {
  const limiter = new Limiter({ perSecond: 1 })
  limiter.take(3, now)
  expect([limiter.room(now), limiter.waitFor(now)]).toEqual([-2, 3_000])
  expect(limiter.waitFor(now + 500)).toBe(2_500)
})

test('time that passed before the first look is not made up for', () => {
  const limiter = new Limiter({ perSecond: 2 })
  limiter.take(2, 1)
  expect(limiter.room(501)).toBe(1)
})

test('whoever asks for room first and takes no more never sends more than the limit, in any span of time', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 200 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, (perSecond, waits) => {
      const limiter = new Limiter({ perSecond })
      let [at, sent] = [now, 0]
      for (const wait of waits) {
        at += wait
        const room = limiter.room(at)
        limiter.take(room, at)
        sent += room
      }
      expect(sent).toBeLessThanOrEqual(perSecond + ((at - now) * perSecond) / 1_000 + 1e-6)
    }),
  )
})
