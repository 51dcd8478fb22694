import { createContext, runInContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { json } from '../../src/input/json.ts'
import { type Reader, readInput } from '../../src/input/reader.ts'
import {
  abortSignal,
  anything,
  callback,
  choice,
  flag,
  list,
  number,
  oneOrMore,
  pattern,
  text,
} from '../../src/input/values.ts'

/** What is said of a value that is not taken; undefined where it is. */
function refusal(read: Reader<unknown>, value: unknown): string | undefined {
  try {
    readInput(read, value)
    return undefined
  } catch (error) {
    return /: the options (.*?)\. /s.exec(`${(error as Error).message}`)?.[1] ?? (error as Error).message
  }
}

describe('a text', () => {
  const upTo5 = text({ max: 5 })
  test.each(['a', 'abcde', 'ä\u00a0'])('%j is taken', (value) => {
    expect(upTo5(value)).toBe(value)
  })

  test.each<[unknown, string]>([
    ['', 'is not a text of 1 to 5 characters'],
    ['abcdef', 'is not a text of 1 to 5 characters'],
    [7, 'is 7, not a text of 1 to 5 characters'],
    ['a\nb', 'holds a control character such as a NUL or a line break'],
    ['a\u0000', 'holds a control character'],
    ['a\u007f', 'holds a control character'],
    ['a\u009f', 'holds a control character'],
    ['a\ud800', 'holds half a character (a lone surrogate)'],
  ])('%j is refused', (value, message) => {
    expect(refusal(upTo5, value)).toContain(message)
  })

  test('may have lines, and no other control characters', () => {
    const lines = text({ max: 9, lines: true })
    expect(lines('a\r\n\tb')).toBe('a\r\n\tb')
    for (const one of ['\u0000', '\u0008', '\u000b', '\u000c', '\u000e', '\u001f', '\u007f', '\u009f'])
      expect(refusal(lines, one)).toContain('holds a control character')
  })

  test('may be empty where its bounds say so, and long ones are told with commas', () => {
    expect(text({ max: 5, min: 0 })('')).toBe('')
    expect(refusal(text({ max: 1_000, min: 2 }), 'a')).toContain('is not a text of 2 to 1,000 characters')
  })

  test('that may be a credential is not shown, nor what stands in its place', () => {
    expect(refusal(text({ max: 5, hidden: true }), 7)).toContain('is not a text of 1 to 5 characters')
    expect(refusal(text({ max: 5, hidden: true }), 7)).not.toContain('7')
  })
})

test('a form is matched within its bounds', () => {
  const word = pattern(/^\w+$/, { max: 3, wanted: 'a word' })
  expect(word('abc')).toBe('abc')
  for (const [value, shown] of [
    ['abcd', '"abcd"'],
    ['a b', '"a b"'],
    [7, '7'],
  ])
    expect(refusal(word, value)).toContain(`is ${shown}, not a word`)
})

describe('a number', () => {
  test.each<[Parameters<typeof number>[0], unknown[], unknown[], string]>([
    [
      { min: 1, max: 3 },
      [1, 2.5, 3],
      [0.9, 3.1, Number.NaN, Number.POSITIVE_INFINITY, '2', 2n, null],
      'a number from 1 to 3',
    ],
    [{ min: 0, max: 3, aboveMin: true }, [0.1, 3], [0, -1, 4], 'a number above 0 to 3'],
    [{ min: 0, max: 3_000, whole: true }, [0, 3_000], [0.5, 3_001], 'a whole number from 0 to 3,000'],
    [
      { min: 0, max: 3, unbounded: true },
      [0, 3, Number.POSITIVE_INFINITY],
      [4, Number.NEGATIVE_INFINITY],
      'a number from 0 to 3, or Infinity',
    ],
  ])('with %j is told by its bounds', (bounds, taken, refused, wanted) => {
    for (const value of taken) expect(number(bounds)(value)).toBe(value)
    for (const value of refused)
      expect(refusal(number(bounds), value)).toMatch(new RegExp(`, not ${wanted}$|, not ${wanted}\\b`))
  })

  test('is described with no word too many', () => {
    expect(refusal(number({ min: 1, max: 2 }), 3)).toMatch(/is 3, not a number from 1 to 2(?!,)/)
  })
})

test('a choice is one of those that are there', () => {
  expect(choice(['a', 'b'])('b')).toBe('b')
  expect(refusal(choice(['a', 'b']), 'c')).toContain('is "c", not one of a, b')
})

test('a flag is true or false', () => {
  expect([flag(true), flag(false)]).toEqual([true, false])
  expect(refusal(flag, 'true')).toContain('is "true", not true or false')
})

test('a callback is a function, and anything is itself', () => {
  const run = () => 1
  expect(callback()(run)).toBe(run)
  expect(refusal(callback(), {})).toContain('is an object, not a function')
  expect(anything()(run)).toBe(run)
})

describe('a list', () => {
  const few = list(number({ min: 0, max: 9 }), { max: 3, min: 1 })
  test('is read entry by entry', () => {
    expect(few([1, 2, 3])).toEqual([1, 2, 3])
    expect(list(flag, { max: 3 })([])).toEqual([])
  })

  test.each<[unknown, string]>([
    ['abc', 'is "abc", not a list'],
    [[], 'is an empty list'],
    [[1, 2, 3, 4], 'has 4 entries, more than 3'],
    [[1, 10], '[1] is 10, not a number from 0 to 9'],
    [Array(2), '[0] is undefined'],
  ])('%j is refused', (value, message) => {
    expect(refusal(few, value)).toContain(message)
  })

  test('may be one value by itself', () => {
    const some = oneOrMore(flag, { max: 2 })
    expect([some(true), some([true, false])]).toEqual([[true], [true, false]])
    expect(refusal(some, [true, true, true])).toContain('has 3 entries')
    expect(refusal(some, 7)).toContain('is 7, not true or false')
  })
})

test('a signal is known by its shape, and one of another realm is followed', () => {
  const { signal } = new AbortController()
  expect(abortSignal(signal)).toBe(signal)
  const source = '({ addEventListener(name, call) { this.abort = call } })'
  const foreign = runInContext(source, createContext())
  const followed = abortSignal(foreign)
  expect(followed.aborted).toBe(false)
  foreign.abort()
  expect(followed.aborted).toBe(true)
  expect(abortSignal({ addEventListener() {}, aborted: true } as unknown).aborted).toBe(true)
  for (const [value, shown] of [
    [null, 'null'],
    [{}, 'an object'],
    [{ addEventListener: true }, 'an object'],
    ['x', '"x"'],
    [Object.assign(() => {}, { addEventListener() {} }), 'a function'],
  ])
    expect(refusal(abortSignal, value)).toContain(`is ${shown}, not an AbortSignal`)
})

describe('JSON', () => {
  const read = json({ max: 1_024 })
  const tooMuch = 'is not JSON of up to 1 KB'

  test.each<[unknown, string | null]>([
    [null, null],
    [{ a: [1, 'x', true, null] }, '{"a":[1,"x",true,null]}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['x'.repeat(1_022), `"${'x'.repeat(1_022)}"`],
    [{ ['k'.repeat(1_015)]: 1 }, `{"${'k'.repeat(1_015)}":1}`],
  ])('of %# is written', (value, written) => {
    expect(read(value)).toBe(written)
  })

  test.each<[string, unknown]>([
    ['a text', 'x'.repeat(1_023)],
    ['a text of quotes', '"'.repeat(1_000)],
    ['a long name', { ['k'.repeat(1_030)]: 1 }],
    ['many entries', Array(1_025).fill(1)],
    ['a sparse list', Array(1_000_000_000)],
    ['many texts', Array(400).fill('x')],
    ['a function', () => {}],
    ['undefined', undefined],
  ])('of %s is too much', (_, value) => {
    expect(refusal(read, value)).toContain(tooMuch)
  })

  test('of a giant list that a toJSON gives is not written out to find that it is too much', () => {
    let written = 0
    const entry = { toJSON: () => ++written }
    const giant = { toJSON: () => Array(100_000).fill(entry) }
    expect(refusal(read, giant)).toContain(tooMuch)
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThanOrEqual(1_025)
  })

  test('of bytes is refused by their number, before they are made a list', () => {
    const bytes = Object.assign(Buffer.alloc(1_025), { toJSON: () => 'was asked' })
    expect(refusal(read, bytes)).toContain(tooMuch)
    expect(refusal(read, new Uint16Array(1_025))).toContain(tooMuch)
    expect(read(Buffer.from('ab'))).toBe('{"type":"Buffer","data":[97,98]}')
  })

  test('ends at a circle, and a hundred levels down', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(refusal(read, circle)).toContain(tooMuch)
    const nested = (levels: number) => {
      let value: unknown = 1
      for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value }
      return value
    }
    expect(read(nested(100))).toContain('1')
    expect(refusal(read, nested(101))).toContain(tooMuch)
    expect(read(Array.from({ length: 200 }, () => []))).toHaveLength(601)
    expect(read(Array.from({ length: 200 }, () => ({})))).toHaveLength(601)
  })

  test('has no bigint', () => {
    expect(refusal(read, { a: 7n })).toContain('holds a bigint, which is not JSON')
  })

  test('is measured before it is written, so that a giant costs nothing', () => {
    let isWritten = false
    const last = { toJSON: () => (isWritten = true) }
    const giants = [
      [Array(1_025).fill('x'.repeat(10)), last],
      ['x'.repeat(1_030), last],
      [Array(1_024).fill(1), last],
      { ['k'.repeat(1_030)]: last },
      [...Array(90).fill('x'.repeat(10)), last],
    ]
    for (const giant of giants) expect(refusal(read, giant)).toContain(tooMuch)
    expect(isWritten).toBe(false)
    expect(refusal(read, Array(1_025))).toContain(tooMuch)
  })

  test('writes what knows how it is written without looking into it', () => {
    expect(read({ deep: Array(2_000).fill(1), toJSON: () => 'short' })).toBe('"short"')
    expect(refusal(read, { toJSON: () => undefined })).toContain(tooMuch)
  })
})
