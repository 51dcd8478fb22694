import { expect, test } from 'vitest'
import { clean, cleanLines, colorsFor, createOutput, type Output } from '../src/cli/output.ts'
import { csvField, parseCsv } from '../src/cli/suppression-file.ts'
import { table } from '../src/cli/table.ts'
import { moment, span } from '../src/moments.ts'

const pipe: Output = {
  ...createOutput({}),
  width: Number.POSITIVE_INFINITY,
  colors: colorsFor({ isTTY: false }),
}

const columns = [
  { title: 'NAME', of: ({ name }: { name: string }) => name, shrinks: true as const },
  { title: 'N', of: ({ name }: { name: string }) => name.length, right: true as const },
]

test('a table is aligned by what a terminal shows, wide letters and emoji too', () => {
  expect(table(pipe, columns, [{ name: 'ab' }, { name: '日本' }, { name: '👩‍👩‍👧' }])).toBe(
    ['NAME  N', 'ab    2', '日本  2', '👩‍👩‍👧    8'].join('\n'),
  )
})

test('a table fits the terminal: what may shrink is cut, whole letters at a time', () => {
  const rows = [{ name: 'a long name that does not fit' }, { name: '日本日本日本日本' }]
  expect(table({ ...pipe, width: 16 }, columns, rows).split('\n')).toEqual([
    'NAME           N',
    'a long name…  29',
    '日本日本日…    8',
  ])
})

test('in a pipe nothing is coloured, not even where CI is set', () => {
  expect(colorsFor({ isTTY: false }).red('x')).toBe('x')
})

test('control and direction characters are shown, line ends become spaces', () => {
  expect(clean('a\u001b[2Jb\r\nc\u202ed\u009b')).toBe('a\\u001b[2Jb  c\\u202ed\\u009b')
  expect(cleanLines('a\u001b\r\n\tb')).toBe('a\\u001b\r\n\tb')
})

test('times are told in UTC, lengths in their two largest units', () => {
  expect(moment(Date.UTC(2026, 10, 24, 9))).toBe('2026-11-24 09:00:00Z')
  expect(moment(null)).toBe('–')
  expect([0, 999, 61_000, 7_200_000, 90_061_000].map(span)).toEqual(['0ms', '999ms', '1m 1s', '2h', '1d 1h'])
})

test('CSV is read as RFC 4180 has it', () => {
  expect(parseCsv('a,"b ""x"", y"\r\n\r\n"two\nlines", c \nlast')).toEqual([
    { line: 1, fields: ['a', 'b "x", y'] },
    { line: 3, fields: ['two\nlines', 'c'] },
    { line: 5, fields: ['last'] },
  ])
  expect(parseCsv('')).toEqual([])
  for (const value of ['plain', 'with, comma', 'with "quotes"', 'two\nlines', ' spaced '])
    expect(parseCsv(`${csvField(value)},x`)).toEqual([{ line: 1, fields: [value, 'x'] }])
})
