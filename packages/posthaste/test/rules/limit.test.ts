import { expect, test } from 'vitest'
import { readInput } from '../../src/input/reader.ts'
import { limit } from '../../src/limit.ts'

const read = (value: object) => readInput(limit, value)

test('a limit is of a second, a minute, a day, or several of them', () => {
  expect(read({ perSecond: 0.1, perMinute: 60, perDay: 1_000_000_000 })).toEqual({
    perSecond: 0.1,
    perMinute: 60,
    perDay: 1_000_000_000,
  })
  expect(read({})).toEqual({})
})

test.each([
  { perSecond: 0 },
  { perMinute: -1 },
  { perDay: 1_000_000_001 },
  { perSecond: Number.POSITIVE_INFINITY },
])('%j would be none, or not one that can be counted', (value) => {
  expect(() => read(value)).toThrow('PH_OPTION_INVALID')
})

test.each([
  ['rateLimit', "'perSecond'"],
  ['rateDelta', "'perSecond' or 'perMinute'"],
  ['max', "'perSecond', 'perMinute' or 'perDay'"],
  ['duration', "'perSecond', 'perMinute' or 'perDay'"],
  ['maxConnections', "'maxConnections' of the transport, beside 'limit'"],
])('%s of other libraries is here %s', (name, ours) => {
  expect(() => read({ [name]: 1 })).toThrow(`here it is ${ours}`)
})
