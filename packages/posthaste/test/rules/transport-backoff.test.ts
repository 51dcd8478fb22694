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

test('until the first fault it holds nothing back', () => {
  const backoff = new TransportBackoff()
  expect([backoff.until, backoff.isActive(0), backoff.isHalfOpen, backoff.isPersisted]).toEqual([
    0,
    false,
    false,
    false,
  ])
})

test('when its time is over it is half open until something comes through', () => {
  const backoff = new TransportBackoff()
  backoff.start(1_000, { random: 0.5 })
  expect(backoff.until).toBe(5_000)
  expect([backoff.isActive(4_999), backoff.isActive(5_000), backoff.isHalfOpen]).toEqual([true, false, true])
  backoff.end()
  expect([backoff.until, backoff.isHalfOpen]).toEqual([0, false])
})

test('a fault may wait no longer than its kind allows, and never less than the server asks', () => {
  const wait = (tools: { atLeast?: number; atMost?: number }) =>
    new TransportBackoff().start(0, { random: 0.5, ...tools })
  expect(wait({ atMost: 1_000 })).toBe(1_000)
  expect(wait({ atLeast: 2_000, atMost: 1_000 })).toBe(2_000)
  expect(wait({ atLeast: 100 })).toBe(4_000)
})

test('what another worker has said counts as a fault, and lasts as long as the later of both', () => {
  const shared = new TransportBackoff()
  shared.applyShared({ until: 9_000, faults: 0, since: 1_000 })
  expect([shared.until, shared.isHalfOpen, shared.isPersisted]).toEqual([9_000, true, true])
  shared.applyShared({ until: 7_000, faults: 0, since: 1_000 })
  expect(shared.until).toBe(9_000)
  expect(shared.start(9_000, { random: 0.5 })).toBe(8_000)
})

test('the faults of all workers count, and the time of a back-off that is over leaves it half open', () => {
  const shared = new TransportBackoff()
  shared.applyShared({ until: 9_000, faults: 3, since: 1_000 })
  expect([shared.faults, shared.isActive(9_000), shared.isHalfOpen]).toEqual([3, false, true])
  expect(shared.start(9_000, { random: 0.5 })).toBe(32_000)
  expect(shared.faults).toBe(4)
})

test('it began with the first fault, whichever worker met it', () => {
  const backoff = new TransportBackoff()
  expect(backoff.since).toBe(0)
  backoff.start(5_000, { random: 0.5 })
  backoff.start(60_000, { random: 0.5 })
  expect(backoff.since).toBe(5_000)
  backoff.applyShared({ until: 99_000, faults: 1, since: 4_000 })
  backoff.applyShared({ until: 99_000, faults: 1, since: 6_000 })
  expect(backoff.since).toBe(4_000)
  backoff.end()
  expect(backoff.since).toBe(0)
})

test('another worker adds no fault to those that are known here', () => {
  const backoff = new TransportBackoff()
  for (const now of [0, 4_000]) backoff.start(now, { random: 0.5 })
  backoff.applyShared({ until: 13_000, faults: 1, since: 1_000 })
  expect(backoff.start(13_000, { random: 0.5 })).toBe(16_000)
})

test('it remembers that it stands in the database until it ends', () => {
  const backoff = new TransportBackoff()
  backoff.start(0, { random: 0.5 })
  expect(backoff.isPersisted).toBe(false)
  backoff.markPersisted()
  expect(backoff.isPersisted).toBe(true)
  backoff.end()
  expect(backoff.isPersisted).toBe(false)
})
