import { describe, expect, test } from 'vitest'
import { checkFilter, instantOf } from '../src/filter.ts'

describe('a filter', () => {
  test.each([
    [{}, 'empty'],
    [{ tag: undefined }, "'tag' is undefined"],
    [{ tag: null }, "'tag' is null"],
    [{ tag: '' }, "'tag' is empty"],
    [{ tags: 'x' }, "no key 'tags'"],
    [{ state: 'delivered' }, "no state 'delivered'"],
    [{ state: ['sent', 'delivered'] }, "no state 'delivered'"],
    [{ state: [] }, "'state'"],
    [{ id: 'x' }, "'x' is not an id"],
    [{ id: ['01980000-0000-7000-8000-000000000001', 7] }, "'7' is not an id"],
    [{ since: '2026-11-24T12:00' }, 'offset'],
    [{ until: new Date(Number.NaN) }, 'Invalid Date'],
    [{ all: false }, "'all'"],
    [{ unknown: 'yes' }, "'unknown'"],
    [{ stream: 7 }, "'stream'"],
    [{ to: ['ada@example.com'] }, "'to'"],
    [null, 'not an object'],
    ['x', 'not an object'],
  ])('%j is refused', (filter, detail) => {
    expect(() => checkFilter(filter as never)).toThrow(
      expect.objectContaining({ code: 'PH_FILTER_INVALID', message: expect.stringContaining(detail) }),
    )
  })

  test.each([
    { all: true },
    { state: 'deferred' },
    { state: ['sent', 'deferred'] },
    { id: [] },
    { id: '01980000-0000-7000-8000-000000000001' },
    { unknown: false },
    { since: '2026-11-24T12:00:00+01:00', until: new Date(0) },
  ] as const)('%j is taken', (filter) => {
    expect(checkFilter(filter as never)).toBe(filter)
  })

  test('reads an instant by its offset', () => {
    expect(instantOf('2026-11-24T12:00:00+01:00')).toBe(Date.UTC(2026, 10, 24, 11))
    expect(instantOf('2026-11-24T12:00Z')).toBe(Date.UTC(2026, 10, 24, 12))
    expect(instantOf(new Date(7))).toBe(7)
  })
})
