import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { PosthasteError } from '../../src/errors.ts'
import { readAt, readInput } from '../../src/input/reader.ts'
import { asRefusal, Refusal } from '../../src/input/refusal.ts'
import {
  neverUndefined,
  objectOf,
  optional,
  plainObject,
  present,
  record,
  table,
  withDefault,
} from '../../src/input/table.ts'
import { flag, text } from '../../src/input/values.ts'

const angry = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no')
    },
    getPrototypeOf: () => {
      throw new Error('no')
    },
  },
)
const name = text({ max: 9 })

describe('a table of options', () => {
  const read = table(
    {
      colour: optional(name),
      isLoud: withDefault(false, flag),
      id: neverUndefined(name),
      inner: optional(table({ colour: optional(name) })),
    },
    { foreign: { hue: "'colour'", tint: 'there is none' } },
  )
  const message = (value: unknown) => {
    try {
      readInput(read, value)
    } catch (error) {
      return error as PosthasteError
    }
    return undefined
  }

  test('fills what is absent', () => {
    expect(read({})).toEqual({ colour: undefined, isLoud: false, id: undefined, inner: undefined })
    expect(read({ colour: 'red', isLoud: undefined })).toMatchObject({ colour: 'red', isLoud: false })
    expect(present(read({ colour: undefined }))).toEqual({ isLoud: false })
  })

  test.each<[unknown, string, string]>([
    [{ colour: 7 }, 'PH_OPTION_INVALID', 'colour is 7, not a text'],
    [{ inner: { colour: 7 } }, 'PH_OPTION_INVALID', 'inner.colour is 7'],
    [
      { inner: { colours: 7 } },
      'PH_OPTION_UNKNOWN',
      "there is no option 'inner.colours'; did you mean 'colour'?",
    ],
    [{ id: undefined }, 'PH_OPTION_INVALID', 'id is undefined: leave it out'],
    [{ color: 'red' }, 'PH_OPTION_UNKNOWN', "there is no option 'color'; did you mean 'colour'?"],
    [{ hue: 'red' }, 'PH_OPTION_UNKNOWN', "there is no option 'hue'; here it is 'colour'"],
    [{ Tint: 'red' }, 'PH_OPTION_UNKNOWN', "there is no option 'Tint': there is none"],
    [{ zzz: 'red' }, 'PH_OPTION_UNKNOWN', "there is no option 'zzz'"],
    [7, 'PH_OPTION_INVALID', 'the options is 7, not an object'],
  ])('%# is refused by name', (value, code, said) => {
    expect(message(value)).toMatchObject({ code, message: expect.stringContaining(said) })
  })

  test('says so where it cannot be read', () => {
    expect(message(angry)).toMatchObject({ code: 'PH_OPTION_INVALID' })
    expect(message(angry)?.message).toContain('cannot be read: reading it threw an error')
  })

  test('takes the getters of a class for its options', () => {
    class Given {
      isLoud = true
      other = 7
      get colour() {
        return 'red'
      }
      get size() {
        return 7
      }
    }
    class Fewer {
      isLoud = true
      get colour() {
        return 'red'
      }
      get size() {
        return 7
      }
    }
    expect(read(new Fewer())).toMatchObject({ colour: 'red', isLoud: true })
    expect(message(new Given())?.message).toContain("there is no option 'other'")
    expect(read(Object.assign(Object.create(null), { colour: 'red' }))).toMatchObject({ colour: 'red' })
    expect(read(Object.create({ id: undefined }))).toMatchObject({ id: undefined })
  })
})

describe('an object', () => {
  test.each([{}, Object.create(null), new (class {})(), runInNewContext('({})')])('%# is one', (value) => {
    expect(plainObject(value)).toBe(value)
    expect(objectOf()(value)).toBe(value)
  })

  test.each([null, 7, 'x', [], () => {}, undefined])('%# is none', (value) => {
    expect(() => plainObject(value)).toThrow(/not an object$/)
  })

  test.each([
    new Map(),
    new Set(),
    new Date(),
    /x/,
    Promise.resolve(),
    new Error('x'),
    new String('x'),
    new ArrayBuffer(1),
    new Uint8Array(1),
  ])('%# would be ignored in silence', (value) => {
    expect(() => plainObject(value)).toThrow(/not a plain object$/)
  })

  test("may have names of the caller's own, which are read, too", () => {
    const read = record(name, flag)
    expect([...read({ a: true, b: false })]).toEqual([
      ['a', true],
      ['b', false],
    ])
    expect(() => readInput(read, { a: 7 })).toThrow('a is 7, not true or false')
    expect(() => readInput(read, { abcdefghijk: true })).toThrow('abcdefghijk is not a text')
  })
})

describe('what is wrong with an input', () => {
  test('is said in the words of its border', () => {
    const border = { unknown: 'PH_FILTER_INVALID', invalid: 'PH_CONFIG', noun: 'key', at: 'filter' } as const
    const fails = (error: unknown) => () =>
      readInput(
        () => {
          throw error
        },
        1,
        border,
      )
    expect(fails(new Refusal('is odd'))).toThrow(
      expect.objectContaining({ code: 'PH_CONFIG', message: expect.stringContaining('filter is odd') }),
    )
    expect(fails(new Refusal('; no', 'unknown').prefix('x'))).toThrow(
      expect.objectContaining({
        code: 'PH_FILTER_INVALID',
        message: expect.stringContaining("there is no key 'filter.x'; no"),
      }),
    )
    const { at: _, ...whole } = border
    expect(() =>
      readInput(
        () => {
          throw new Refusal('are odd')
        },
        1,
        whole,
      ),
    ).toThrow('the keys are odd')
  })

  test('names each step of the way', () => {
    const deep = () =>
      readAt('list', () =>
        readAt(3, () =>
          readAt('of', () =>
            readAt(0, () => {
              throw new Refusal('is odd')
            }),
          ),
        ),
      )
    expect(() => readInput(deep, 1)).toThrow('list[3].of[0] is odd')
  })

  test('that is one of the catalogue already passes as it is', () => {
    const ours = new PosthasteError('PH_CLOSED', '')
    const thrown = (run: () => unknown) => {
      try {
        run()
      } catch (error) {
        return error
      }
      return undefined
    }
    const fails = () => {
      throw ours
    }
    expect(thrown(() => readInput(fails, 1))).toBe(ours)
    expect(thrown(() => readAt('x', fails))).toBe(ours)
  })

  test('keeps the error that a getter threw, and nothing of what is no error', () => {
    const cause = new Error('secret')
    const refusal = asRefusal(cause)
    expect([refusal.message, refusal.cause, refusal.kind, refusal.name]).toEqual([
      'cannot be read: reading it threw an error',
      cause,
      'invalid',
      'Refusal',
    ])
    expect(new Refusal('is odd').kind).toBe('invalid')
    expect(asRefusal('text')).not.toHaveProperty('cause')
    expect(asRefusal(angry)).toBeInstanceOf(Refusal)
    expect(asRefusal(refusal)).toBe(refusal)
    const told = (error: unknown) => {
      try {
        readInput(() => {
          throw error
        }, 1)
      } catch (thrown) {
        return thrown as Error
      }
      return undefined
    }
    expect(told(cause)?.cause).toBe(cause)
    expect(told('text')).not.toHaveProperty('cause')
  })
})
