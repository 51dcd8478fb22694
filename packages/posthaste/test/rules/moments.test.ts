import { expect, test } from 'vitest'
import { moment, span } from '../../src/moments.ts'

test.each<[Date | number | null, string]>([
  [null, '–'],
  [0, '1970-01-01 00:00:00Z'],
  [Date.UTC(2026, 10, 24, 12, 5, 9, 123), '2026-11-24 12:05:09Z'],
  [new Date('2026-11-24T12:00:00.999+01:00'), '2026-11-24 11:00:00Z'],
])('the instant %s is shown as %s', (at, shown) => {
  expect(moment(at)).toBe(shown)
})

test.each<[number, string]>([
  [-5, '0ms'],
  [0, '0ms'],
  [0.6, '1ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [1_999, '1s'],
  [61_000, '1m 1s'],
  [60_000, '1m'],
  [3_599_999, '59m 59s'],
  [3_600_000, '1h'],
  [3_601_000, '1h'],
  [5_400_000, '1h 30m'],
  [86_400_000, '1d'],
  [10 * 86_400_000 + 7_200_000 + 60_000, '10d 2h'],
])('%d ms are shown as %s', (ms, shown) => {
  expect(span(ms)).toBe(shown)
})
