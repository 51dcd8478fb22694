import { expect, test } from 'vitest'
import { TransportBackoff } from '../../src/routing/backoff.ts'

/** The waits of so many faults in a row, each at the end of the back-off before. */
function waits(faults: number, random: number): number[] {
  const backoff = new TransportBackoff()
  let now = 1_000_000
  return Array.from({ length: faults }, () => {
    const wait = backoff.start(now, { random })
    now += wait
    return wait
  })
}

test('a back-off doubles with each fault in a row, up to five minutes', () => {
  expect(waits(9, 0.5)).toEqual([4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000))
})

test('a quarter of it is left to chance, so that a fleet does not come back at once', () => {
  expect([waits(1, 0)[0], waits(1, 1)[0]]).toEqual([3_000, 5_000])
})

test('faults while it lasts do not lengthen it, and a conversation that comes through ends it', () => {
  const backoff = new TransportBackoff()
  backoff.start(0, { random: 0.5 })
  expect(backoff.start(1_000, { random: 0.5 })).toBe(3_000)
  expect(backoff.end()).toBe(true)
  expect([backoff.isActive(0), backoff.isHalfOpen, backoff.end()]).toEqual([false, false, false])
  expect(backoff.start(0, { random: 0.5 })).toBe(4_000)
})

test('it lasts at least as long as the server asks', () => {
  expect(new TransportBackoff().start(0, { random: 0.5, atLeast: 3_600_000 })).toBe(3_600_000)
})
