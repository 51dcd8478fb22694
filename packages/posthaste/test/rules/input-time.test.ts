import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  after,
  duration,
  instant,
  latestInstant,
  longestDuration,
  longestTimer,
  milliseconds,
  readInstant,
} from '../../src/input/time.ts'

const day = 86_400_000

test('the bounds of time are a hundred years, the end of the year 9999, and what a timer can wait', () => {
  expect(longestDuration).toBe(36_525 * day)
  expect(new Date(latestInstant).toISOString()).toBe('9999-12-31T23:59:59.999Z')
  expect(longestTimer).toBe(2_147_483_647)
})

describe('a duration', () => {
  test.each<[unknown, number]>([
    [0, 0],
    [1_500.4, 1_500],
    ['500ms', 500],
    ['30s', 30_000],
    ['20m', 1_200_000],
    ['4h', 14_400_000],
    ['7d', 7 * day],
    ['2w', 14 * day],
    ['2 w', 14 * day],
    [' 1.5s ', 1_500],
    ['0.25s', 250],
    ['36525d', longestDuration],
    [`${'0'.repeat(38)}1s`, 1_000],
  ])('%j is %d ms', (value, ms) => {
    expect(duration()(value)).toBe(ms)
  })

  test.each<unknown>([
    '',
    '5',
    's',
    '5 m in',
    'x5m',
    '5mx',
    '5  m',
    '5.m',
    '.5m',
    '-5m',
    '5y',
    '1e3s',
    '36525.1d',
    `${'0'.repeat(39)}1s`,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    longestDuration + 1,
    null,
    5n,
  ])('%s is none', (value) => {
    expect(() => duration()(value)).toThrow("not a duration such as '20m', from 0 to 100 years")
  })

  test('has bounds, both of them taken', () => {
    const read = duration({ min: 1_000, max: 2_000 })
    expect([read(1_000), read('2s')]).toEqual([1_000, 2_000])
    for (const value of [999, 2_001]) expect(() => read(value)).toThrow(/from 1s to 2s$/)
  })

  test.each<[number, string]>([
    [1, '1ms'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [90 * 60_000, '90m'],
    [36 * 3_600_000, '36h'],
    [8 * day, '8d'],
    [14 * day, '2w'],
  ])('is told in the largest unit that divides it: %d ms are %s', (min, told) => {
    expect(() => duration({ min })(0)).toThrow(`from ${told} to 100 years`)
  })

  test('may be never', () => {
    expect(duration({ never: true })(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(() => duration({ never: true })(-1)).toThrow(/100 years, or Infinity$/)
  })

  test('by itself names its option', () => {
    expect(milliseconds('5m', 'wait')).toBe(300_000)
    expect(milliseconds(Number.POSITIVE_INFINITY, 'wait')).toBe(Number.POSITIVE_INFINITY)
    expect(() => milliseconds('long', 'wait')).toThrow(/wait is "long".*PH_OPTION_INVALID/s)
  })
})

describe('an instant', () => {
  const noon = Date.UTC(2026, 10, 24, 12)
  test.each<[unknown, number]>([
    [new Date(noon), noon],
    [runInNewContext(`new Date(${noon})`), noon],
    ['2026-11-24T12:00Z', noon],
    ['2026-11-24t12:00:00z', noon],
    ['2026-11-24T12:00:00.000Z', noon],
    ['2026-11-24T12:00:00.123456789Z', noon + 123],
    ['2026-11-24T13:00+01:00', noon],
    ['2026-11-24T13:00+0100', noon],
    ['2026-11-24T06:30-0530', noon],
    ['2026-11-24T13:30:45+0130', noon + 45_000],
    ['2026-11-24T12:00:00.12345678+0000', noon + 123],
    ['2028-02-29T00:00Z', Date.UTC(2028, 1, 29)],
    ['1970-01-01T00:00Z', 0],
    [new Date(latestInstant), latestInstant],
  ])('%s is one', (value, time) => {
    expect(instant(value)).toBe(time)
  })

  test.each<unknown>([
    noon,
    null,
    '',
    '2026-11-24',
    '2026-11-24T12:00',
    '2026-11-24T12:00:00',
    '2026-11-24 12:00Z',
    '2026-11-24T12Z',
    'x2026-11-24T12:00Z',
    '2026-11-24T12:00Zx',
    '26-11-24T12:00Z',
    '2026-1-24T12:00Z',
    '2026-11-2T12:00Z',
    '2026-11-24T12:00:0Z',
    '2026-11-24T12:00:00.Z',
    '2026-11-24T12:00:00.1234567890Z',
    '2026-11-24T12:00+1:00',
    '2026-11-24T12:00+01',
    '2026-11-24T25:00Z',
    '2026-02-30T00:00Z',
    '2027-02-29T00:00Z',
    '2026-13-01T00:00Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00+01:00',
    new Date(-1),
    new Date(latestInstant + 1),
    new Date(Number.NaN),
    '2026-11-24T12:00Z (UTC)',
    { getTime: () => noon },
    { toString: () => '2026-11-24T12:00Z' },
  ])('%s is none', (value) => {
    expect(() => instant(value)).toThrow('not a Date or ISO 8601 with an offset, from 1970 to 9999')
  })

  test('by itself names its option', () => {
    expect(readInstant('2026-11-24T12:00Z', 'from')).toBe(noon)
    expect(() => readInstant('noon', 'from')).toThrow(/from is "noon".*PH_OPTION_INVALID/s)
  })
})

test('what would end after the year 9999 ends with it, and never does not end', () => {
  expect(after(5, 7)).toBe(12)
  expect(after(5, latestInstant)).toBe(latestInstant)
  expect(after(5, Number.POSITIVE_INFINITY)).toBeNull()
})
