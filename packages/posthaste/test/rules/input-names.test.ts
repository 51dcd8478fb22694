import { describe, expect, test } from 'vitest'
import { nearMiss } from '../../src/input/near-miss.ts'
import { shortName, show } from '../../src/input/show.ts'

const angry = new Proxy(
  {},
  {
    getPrototypeOf: () => {
      throw new Error('no')
    },
  },
)

test.each<[unknown, string]>([
  ['', 'empty'],
  ['a"b', '"a\\"b"'],
  ['x'.repeat(40), `"${'x'.repeat(40)}"`],
  ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
  ['a\u0000b\u009f\u2028', '"a\ufffdb\ufffd\ufffd"'],
  ['\ud800', '"\ufffd"'],
  ['smtp://u:p@h', 'a text that may hold a secret'],
  ['ada@example.com', 'a text that may hold a secret'],
  [`${' '.repeat(999)}@`, 'a text that may hold a secret'],
  [`${' '.repeat(1_000)}@`, `"${' '.repeat(40)}…"`],
  ['a:/b', '"a:/b"'],
  [7, '7'],
  [true, 'true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [7n, 'a bigint'],
  [Symbol('x'), 'a symbol'],
  [() => {}, 'a function'],
  [new Proxy([], {}), 'an object'],
  [[], 'an empty list'],
  [[1], 'a list'],
  [new Date(0), 'a Date'],
  [new Date(Number.NaN), 'an invalid Date'],
  [{}, 'an object'],
])('a message shows %# as %s', (value, shown) => {
  expect(show(value)).toBe(shown)
})

test('a message shows what throws when it is looked at as an object', () => {
  expect(show(angry)).toBe('an object')
})

test('a name is shown short, and without what a terminal would obey', () => {
  expect(shortName(`a\u001b[2J${'x'.repeat(50)}`)).toBe(`a\ufffd[2J${'x'.repeat(35)}…`)
})

describe('a name that was probably meant', () => {
  const nearest = (given: string, names: readonly string[]) =>
    /did you mean '(.*)'/.exec(nearMiss(given, names))?.[1]
  const known = ['subject', 'replyTo', 'from', 'to', 'attachments', 'stream']
  test.each<[string, string | undefined]>([
    ['Subject', 'subject'],
    ['reply_to', 'replyTo'],
    ['Reply-To', 'replyTo'],
    ['reply to', 'replyTo'],
    ['subjcet', 'subject'],
    ['sbject', 'subject'],
    ['subjectt', 'subject'],
    ['subjekt', 'subject'],
    ['form', 'from'],
    ['fro', 'from'],
    ['frm', 'from'],
    ['frooooom', undefined],
    ['ot', 'to'],
    ['tt', 'to'],
    ['t', 'to'],
    ['xy', undefined],
    ['attach', 'attachments'],
    ['attachmentsOfTheMail', 'attachments'],
    ['atachmnts', 'attachments'],
    ['attchmnts', 'attachments'],
    ['xttxchmxnts', 'attachments'],
    ['xttxchxxnts', undefined],
    ['tchments', undefined],
    ['str', undefined],
    ['stre', 'stream'],
    ['body', undefined],
    ['', undefined],
    [`subject${'s'.repeat(53)}`, 'subject'],
    [`subject${'s'.repeat(54)}`, undefined],
  ])('for %j is %s', (given, meant) => {
    expect(nearest(given, known)).toBe(meant)
  })

  test('is the closest, and the first of those that are as close', () => {
    expect(nearest('abcd', ['abxx', 'abcx', 'xbcd'])).toBe('abcx')
    expect(nearest('bac', ['abd', 'abc'])).toBe('abc')
  })

  test('is what it is called here, where another library calls it so', () => {
    const foreign = {
      body: "'text' or 'html'",
      queue_name: 'there are no queues',
      keep: "'retention' of the queue",
    }
    expect(nearMiss('Body', known, foreign)).toBe("; here it is 'text' or 'html'")
    expect(nearMiss('keep', known, foreign)).toBe("; here it is 'retention' of the queue")
    expect(nearMiss('queueName', known, foreign)).toBe(': there are no queues')
    expect(nearMiss('subjct', known)).toBe("; did you mean 'subject'?")
    expect(nearMiss('other', known)).toBe('')
  })
})
