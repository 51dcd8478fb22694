import { describe, expect, test } from 'vitest'
import { checkFilter, instantOf } from '../../src/filter.ts'

describe('a filter', () => {
  test.each([
    [{}, 'empty'],
    [{ tag: undefined }, 'tag is undefined'],
    [{ tag: null }, 'tag is null'],
    [{ tag: '' }, 'tag is not a text'],
    [{ tags: 'x' }, "no key 'tags'; here it is 'tag'"],
    [{ state: 'delivered' }, 'state is "delivered", not one of queued'],
    [{ status: 'sent' }, "'status'; here it is 'state'"],
    [{ state: ['sent', 'delivered'] }, 'state[1] is "delivered"'],
    [{ state: [] }, 'state is an empty list'],
    [{ id: 'x' }, 'id is "x", not the id of a mail'],
    [{ id: ['01980000-0000-7000-8000-000000000001', 7] }, 'id[1] is 7'],
    [{ since: '2026-11-24T12:00' }, 'offset'],
    [{ until: new Date(Number.NaN) }, 'until is an invalid Date'],
    [{ all: false }, 'all is false'],
    [{ unknown: 'yes' }, 'unknown is "yes"'],
    [{ stream: 7 }, 'stream is 7'],
    [{ to: ['ada@example.com'] }, 'to is a list'],
    [{ all: 'yes' }, 'all is "yes", not true'],
    [{ to: 'nobody' }, 'to is "nobody", not an address or @domain'],
    [{ to: 'x'.repeat(1_001) }, 'to is not a text of 1 to 1,000 characters'],
    [null, 'not an object'],
    ['x', 'not an object'],
  ])('%j is refused', (filter, detail) => {
    expect(() => checkFilter(filter as never)).toThrow(
      expect.objectContaining({ code: 'PH_FILTER_INVALID', message: expect.stringContaining(detail) }),
    )
  })

  const id = '01980000-0000-7000-8000-00000000000A'
  const [since, until] = ['2026-11-24T12:00:00+01:00', new Date(0)]
  test.each<[object, object]>([
    [{ all: true }, { all: true }],
    [{ state: 'deferred' }, { state: ['deferred'] }],
    [{ state: ['sent', 'deferred'] }, { state: ['sent', 'deferred'] }],
    [{ id: [] }, { id: [] }],
    [{ id }, { id: [id.toLowerCase()] }],
    [{ unknown: false }, { unknown: false }],
    [{ to: 'Ada <Ada@Example.com>' }, { to: 'ada@example.com' }],
    [{ to: '@Example.com' }, { to: '@example.com' }],
    [
      { since, until },
      { since: new Date(since), until },
    ],
  ])('%j is taken', (filter, read) => {
    expect(checkFilter(filter as never)).toEqual(read)
  })

  test.each([
    ['status', "'state'"],
    ['states', "'state'"],
    ['ids', "'id'"],
    ['recipient', "'to'"],
    ['email', "'to'"],
    ['address', "'to'"],
    ['after', "'since'"],
    ['from', "'since'"],
    ['before', "'until'"],
    ['key', "'idempotencyKey'"],
  ])('%s is here %s', (name, ours) => {
    expect(() => checkFilter({ [name]: 'x' } as never)).toThrow(`here it is ${ours}`)
  })

  test('takes a million ids, and no more', () => {
    const id = '01980000-0000-7000-8000-000000000001'
    expect(() => checkFilter({ id: Array<string>(1_000_001).fill(id) })).toThrow('more than 1,000,000')
  })

  test('reads an instant by its offset', () => {
    expect(instantOf('2026-11-24T12:00:00+01:00')).toBe(Date.UTC(2026, 10, 24, 11))
    expect(instantOf('2026-11-24T12:00Z')).toBe(Date.UTC(2026, 10, 24, 12))
    expect(instantOf(new Date(7))).toBe(7)
  })
})
