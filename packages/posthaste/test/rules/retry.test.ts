import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readInput } from '../../src/input/reader.ts'
import { longestDuration } from '../../src/input/time.ts'
import { backoff, defaultRetry, fillRetry, retryOptions } from '../../src/retry.ts'

const minute = 60_000

test('the wait doubles, is bounded, and chance moves it by the jitter at most', () => {
  const waits = [1, 2, 3, 9, 20].map((attempts) => backoff(defaultRetry, attempts, 0.5))
  expect(waits).toEqual([minute, 2 * minute, 4 * minute, 240 * minute, 240 * minute])
  expect(backoff(defaultRetry, 1, 0)).toBe(0.8 * minute)
  expect(backoff(defaultRetry, 1, 1)).toBe(1.2 * minute)
  expect(backoff(defaultRetry, 0, 0.5)).toBe(minute)
})

test('no wait is shorter than the one before it, nor longer than the longest and its jitter', () => {
  const policy = fc.record({
    first: fc.integer({ min: 0, max: 100_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    max: fc.integer({ min: 0, max: 10_000_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    giveUpAfter: fc.constant(1),
  })
  fc.assert(
    fc.property(policy, fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true }), (one, attempts, random) => {
      const wait = backoff(one, attempts, random)
      expect(backoff(one, attempts + 1, random)).toBeGreaterThanOrEqual(wait)
      expect(wait).toBeLessThanOrEqual(Math.ceil(one.max * (1 + one.jitter)))
      expect(Number.isInteger(wait)).toBe(true)
    }),
  )
})

describe('the options of a policy', () => {
  const read = (options: object) => readInput(retryOptions, options)

  test('fill what they name, and leave the rest as it was', () => {
    expect(fillRetry(undefined, defaultRetry)).toBe(defaultRetry)
    expect(fillRetry(read({}), defaultRetry)).toEqual(defaultRetry)
    const all = { first: '1s', factor: 1, max: '1h', jitter: 0, giveUpAfter: '2d' }
    const filled = { first: 1_000, factor: 1, max: 3_600_000, jitter: 0, giveUpAfter: 172_800_000 }
    expect(fillRetry(read(all), defaultRetry)).toEqual(filled)
    expect(fillRetry(read({ jitter: 1 }), defaultRetry)).toEqual({ ...defaultRetry, jitter: 1 })
  })

  test('say never with Infinity, which is kept as a hundred years', () => {
    expect(fillRetry(read({ giveUpAfter: Number.POSITIVE_INFINITY }), defaultRetry).giveUpAfter).toBe(
      longestDuration,
    )
  })

  test.each([
    { factor: 0.9 },
    { factor: 1_001 },
    { jitter: -0.1 },
    { jitter: 1.1 },
    { first: Number.POSITIVE_INFINITY },
    { first: -1 },
  ])('%j is out of bounds', (options) => {
    expect(() => read(options)).toThrow('PH_OPTION_INVALID')
  })

  test.each([
    ['attempts', "'giveUpAfter'"],
    ['max_attempts', "'giveUpAfter'"],
    ['retries', "'giveUpAfter'"],
    ['delay', "'first'"],
    ['backoff', "'first', 'factor' and 'max'"],
    ['multiplier', "'factor'"],
    ['minTimeout', "'first'"],
    ['maxTimeout', "'max'"],
    ['maxDelay', "'max'"],
  ])('%s of other libraries is here %s', (name, ours) => {
    expect(() => read({ [name]: 1 })).toThrow(`here it is ${ours}`)
  })
})
