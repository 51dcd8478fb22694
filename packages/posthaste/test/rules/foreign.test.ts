import { inspect } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cleanText,
  entriesOf,
  errorText,
  isError,
  maskAddresses,
  numberIn,
  peek,
  textIn,
} from '../../src/foreign.ts'

const longest = 2_000

const angry = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no')
    },
    ownKeys: () => {
      throw new Error('no')
    },
  },
)

test.each<[string, unknown]>([
  ['bytes', Buffer.alloc(3)],
  ['a list', ['a', 'b']],
  ['a text in a box', Object('abc')],
])('%s have no fields that would tell what failed', (_, value) => {
  expect(errorText(value)).toBe('It failed without a message')
})

test('an error of another realm is one, too', () => {
  const foreign = runInContext('new Error("x")', createContext())
  expect([new Error('x'), foreign, { message: 'x' }, 'x', null].map(isError)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
  expect(isError(Object.create(Error.prototype))).toBe(true)
})

describe('a field', () => {
  test('is read however deep it is, also of functions', () => {
    const named = Object.assign(() => {}, { code: 7 })
    expect(peek({ a: [{ b: 1 }] }, 'a', 0, 'b')).toBe(1)
    expect(peek(named, 'code')).toBe(7)
    expect(peek('x')).toBe('x')
  })

  test('is undefined where there is none, or it throws', () => {
    for (const value of [null, undefined, 7, 'text', angry]) {
      expect(peek(value, 'length')).toBeUndefined()
      expect(peek({ a: value }, 'a', 'length', 'x')).toBeUndefined()
    }
  })
})

describe('entries', () => {
  test('are those of a list, and no more than are wanted', () => {
    expect(entriesOf([1, 2, 3], 2)).toEqual([1, 2])
    expect(entriesOf([1], 2)).toEqual([1])
    expect(entriesOf({ length: 1, 0: 'a' }, 2)).toEqual([])
    expect(entriesOf('ab', 2)).toEqual([])
  })

  test('of a list that throws are none', () => {
    const { proxy, revoke } = Proxy.revocable([1], {})
    revoke()
    expect(entriesOf(proxy, 2)).toEqual([])
    const odd = new Proxy([1, 2], {
      get: (list, key) => (key === 'length' ? 'many' : Reflect.get(list, key)),
    })
    expect(entriesOf(odd, 2)).toEqual([])
  })
})

describe('a text from outside', () => {
  test.each<[string, string]>([
    ['  a\r\n\tb\u0000c  ', 'a b c'],
    ['a\u2028\u202eb\u2066c', 'a b c'],
    ['\u0000\u202e', ''],
    ['a\ud800', 'a\ufffd'],
    ['smtp://user:pass@mail.example', 'smtp://***@mail.example'],
    ['two: http://a:b@c http://d@e', 'two: http://***@c http://***@e'],
    ['http://c/a@b', 'http://c/a@b'],
    ['Authorization: Bearer abcdefgh.ijk~l+/=-', 'Authorization: Bearer ***'],
    ['basic QWxhZGRpbg== and BEARER 12345678', 'basic *** and BEARER ***'],
    ['bearer short', 'bearer short'],
    ['bearer a-b c, basic 12345678', 'bearer a-b c, basic ***'],
    ['x:y@z', 'x:y@z'],
    ['forbearer 12345678', 'forbearer 12345678'],
    ['the bearer of news', 'the bearer of news'],
    ['basic', 'basic'],
  ])('%j is kept as %j', (text, clean) => {
    expect(cleanText(text)).toBe(clean)
  })

  test('is cut after it was cleaned, and what is cut off before does not reach it', () => {
    expect(cleanText('x'.repeat(5_000))).toHaveLength(longest)
    expect(cleanText(`${' '.repeat(30)}ab`, 10)).toBe('ab')
    expect(cleanText(`${' '.repeat(40)}ab`, 10)).toBe('')
    expect(cleanText('\n\n\nabcdefgh', 4)).toBe('abcd')
  })

  test('is well-formed, on one line and within bounds, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, length) => {
        const clean = cleanText(text, length)
        expect(clean.isWellFormed()).toBe(true)
        expect(clean.length).toBeLessThanOrEqual(length)
        expect(clean).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      }),
    )
  })

  test.each<[unknown, string | undefined]>([
    ['a\nb', 'a b'],
    ['', undefined],
    [' ', undefined],
    [7, '7'],
    [0, '0'],
    [7n, '7'],
    [true, undefined],
    [null, undefined],
    [{}, undefined],
  ])('%s reads as %j', (value, text) => {
    expect(textIn(value)).toBe(text)
  })

  test('is as long as the reader wants it', () => {
    expect([textIn('abcdef', 3), textIn(123_456, 3)]).toEqual(['abc', '123'])
  })
})

test.each<[unknown, number | undefined]>([
  [7, 7],
  [-0.5, -0.5],
  ['7', 7],
  ['7.25', 7.25],
  ['123456789012345', 123456789012345],
  ['1.123456', 1.123456],
  ['1234567890123456', undefined],
  ['7.1234567', undefined],
  [' 7', undefined],
  ['7x', undefined],
  ['x7', undefined],
  ['7.', undefined],
  ['-7', undefined],
  ['', undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [7n, undefined],
  [null, undefined],
])('%s reads as the number %s', (value, number) => {
  expect(numberIn(value)).toBe(number)
})

describe('what was thrown', () => {
  class OwnKind {
    code = 7
  }
  test.each<[unknown, string]>([
    ['text', 'text'],
    [new Error('a\nb'), 'a b'],
    [{ message: 'plain' }, 'plain'],
    [{ message: { message: 'nested' } }, 'nested'],
    [{ message: '' }, "It failed with { message: '' }"],
    [undefined, 'It failed with undefined'],
    [null, 'It failed with null'],
    [true, 'It failed with true'],
    [Symbol('x'), 'It failed with Symbol(x)'],
    [{}, 'It failed without a message'],
    [
      Object.defineProperty(function odd() {}, inspect.custom, { value: () => 'mine' }),
      'It failed with [Function: odd]',
    ],
    [new OwnKind(), 'It failed with { code: 7 }'],
    [{ a: 'x', b: 1, c: false, d: 2n, e: null }, "It failed with { a: 'x', b: 1, c: false, d: 2n, e: null }"],
    [{ request: { headers: 'x' }, list: [1], run: () => {} }, 'It failed without a message'],
    [
      { Token: 'x', my_secret: 'x', ApiKey: 'x', password: 'x', cookies: 'x', status: 5 },
      'It failed with { status: 5 }',
    ],
    [{ Authorization: 'x', credentials: 'x', Signature: 'x', n: 1 }, 'It failed with { n: 1 }'],
    [{ ['k'.repeat(70)]: 1 }, `It failed with { ${'k'.repeat(60)}: 1 }`],
  ])('%# is said in words', (thrown, text) => {
    expect(errorText(thrown)).toBe(text)
  })

  test('is said even if it throws when it is read', () => {
    expect(errorText(angry)).toBe('It failed without a message')
  })

  test('is said with twenty of its fields, and two hundred characters of each', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${n}`, n]))
    expect(errorText(many).match(/f\d+/g)).toHaveLength(20)
    expect(errorText({ text: 'y'.repeat(300) })).toBe(
      `It failed with { text: '${'y'.repeat(200)}'... 100 more characters }`,
    )
    expect(errorText({ text: 'x y '.repeat(40), more: 1 })).not.toContain('\n')
  })
})

describe('addresses in a text', () => {
  test.each<[string, string]>([
    ['550 ada@example.com unknown', '550 ***@example.com unknown'],
    ['<ada@example.com>', '<***@example.com>'],
    ['a@b.de,c@d.de', '***@b.de,***@d.de'],
    ['to:ada@example.com', 'to:***@example.com'],
    ['"ada"@example.com', '"ada"@example.com'],
    ['ada@_x', '***@_x'],
    ['ada@-x', '***@-x'],
    ['ada@.x', '***@.x'],
    ['ada@ example', 'ada@ example'],
    ['ada@<x>', 'ada@<x>'],
    ['@example.com', '@example.com'],
    ['ada@', 'ada@'],
    ['none', 'none'],
    ['a\u00a0b@c', 'a\u00a0***@c'],
    ...[...' \t\r\n\f\v<>()[],;:"\''].map((one): [string, string] => [`x${one}y@z`, `x${one}***@z`]),
  ])('%j are hidden as in %j', (text, masked) => {
    expect(maskAddresses(text)).toBe(masked)
  })

  test('are looked for within bounds', () => {
    expect(maskAddresses(`${'x'.repeat(3_000)}@y`)).toBe('x'.repeat(longest))
  })
})
