import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { cleanText, maskAddresses } from '../../src/foreign.ts'
import { factsOf } from '../../src/transports/outcome/facts.ts'

const root = fileURLToPath(new URL('../../src', import.meta.url))
const files = ['foreign.ts', 'events.ts', ...sources('transports'), ...sources('worker')]
const patterns = new Map(files.flatMap((file) => patternsOf(file)))
const megabyte = 1_000_000

describe('A2: every pattern that meets foreign text is linear', () => {
  test('and the list of them is made from the source', () => {
    expect(patterns.size).toBeGreaterThan(50)
    expect([...patterns.values()].map(({ file }) => file)).toContain(
      'transports/outcome/verdicts/smtp-texts.ts',
    )
  })

  test.each([...patterns.keys()])('%s: 1 MB of its worst input in less than 50 ms', (literal) => {
    const pattern = patterns.get(literal)?.pattern ?? /^/
    const times = worstInputs(pattern).map((input) => fastest(() => run(pattern, input)))
    expect(Math.max(...times)).toBeLessThan(50)
  })

  test('a pattern that tries every end of every beginning is found', () => {
    const quadratic = /[^\s<>()[\],;:"'@]+(?=@[\w.-])/g
    const [short = 0, long = 0] = [5_000, 20_000].map((length) =>
      fastest(() => run(quadratic, 'a'.repeat(length))),
    )
    expect(long).toBeGreaterThan(3 * short)
  })
})

test.each([
  ['no spaces', 'x'.repeat(megabyte)],
  ['many at signs', 'a@'.repeat(megabyte / 2)],
  ['breaks', '\r\n'.repeat(megabyte / 2)],
])('A2: a reply of 1 MB of %s is read, cut and masked in less than 50 ms', (_, text) => {
  const error = { message: text, response: `550 ${text}`, responseCode: 550 }
  expect(fastest(() => factsOf(error))).toBeLessThan(50)
  expect(fastest(() => maskAddresses(text))).toBeLessThan(50)
  expect(factsOf(error).reply.text.length).toBeLessThanOrEqual(2_000)
})

test.each([
  ['550 <ada@example.com>: gone', '550 <***@example.com>: gone'],
  ['no address @ all', 'no address @ all'],
  ['a@b.test, "c"@d.test', '***@b.test, "c"@d.test'],
  ['@example.com', '@example.com'],
])('A2: %s is masked as %s', (text, masked) => {
  expect(maskAddresses(text)).toBe(masked)
})

test.each([
  ['Authorization: Bearer sk_live_abcdefghijk refused', 'Authorization: Bearer *** refused'],
  ['cannot reach smtp://ada:secret@mail.test:587', 'cannot reach smtp://***@mail.test:587'],
  ['a\u0000b\u001b[31mc\r\nd\u2028e', 'a b [31mc d e'],
  ['half a pair \ud83d', 'half a pair \ufffd'],
])('A2: foreign text %j is kept as %j', (text, kept) => {
  expect(cleanText(text)).toBe(kept)
})

function sources(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`)
}

function patternsOf(file: string): [string, { file: string; pattern: RegExp }][] {
  const found: [string, { file: string; pattern: RegExp }][] = []
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest)
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      const pattern = new RegExp(node.text.slice(1, end), node.text.slice(end + 1))
      found.push([node.text, { file, pattern }])
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** One character again and again, what the pattern itself begins with, and its words: each makes it begin at every place. */
function worstInputs(pattern: RegExp, length = megabyte): string[] {
  const words = pattern.source.match(/[a-z]{2,}/gi) ?? []
  const units = [
    ...'a0 .@-<:/\r\n\t[("E',
    '://',
    '1.',
    'a@',
    'a.',
    ' a',
    ...words,
    words.join(' '),
    `${words.join(' ')} `,
  ]
  return [...new Set(units)].filter(Boolean).map((unit) => unit.repeat(Math.ceil(length / unit.length)))
}

function run(pattern: RegExp, input: string): void {
  pattern.lastIndex = 0
  for (let matches = 0; pattern.test(input) && pattern.global && matches < 100_000; ) matches++
}

/** Milliseconds of this thread's CPU, the least of three: the machine, and the rest of this process, have other work. */
function fastest(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const began = process.threadCpuUsage()
    work()
    const { user, system } = process.threadCpuUsage(began)
    return (user + system) / 1_000
  })
  return Math.min(...times)
}
