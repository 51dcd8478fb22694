import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../src/cli/cli.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => join(root, 'docs', file))
const program = createProgram()
const calls = [...pages, join(root, 'README.md')].flatMap((page) =>
  callsOf(readFileSync(page, 'utf8')).map((call) => ({ call, page: relative(root, page) })),
)

test('every command and option in the documentation exists', () => {
  expect(calls.length).toBeGreaterThan(50)
  expect(
    calls.flatMap(({ call, page }) => wrongIn(call).map((wrong) => `${page}: ${wrong} in '${call}'`)),
  ).toEqual([])
})

test('every metric that operators are told to watch exists', () => {
  const told = readFileSync(join(root, 'docs/operations.md'), 'utf8').match(/posthaste_[a-z_]+/g) ?? []
  const served = readFileSync(join(root, 'packages/posthaste/src/http/metrics.ts'), 'utf8').match(
    /'posthaste_[a-z_]+'/g,
  )
  expect(told.length).toBeGreaterThan(5)
  expect(told.filter((name) => !served?.includes(`'${name}'`))).toEqual([])
})

/** `posthaste …` in blocks of code, and in code within a line. */
function callsOf(text: string): string[] {
  const code = [...text.matchAll(/^```.*?^```/gms), ...text.matchAll(/`[^`\n]+`/g)].map(([found]) => found)
  return code.flatMap((found) =>
    [...withoutLists(found).matchAll(/(?:^|[\s`/]|bin\/)posthaste ([a-z][^`\n]*)/gm)].map(([, call = '']) =>
      call.replace(/\s(#|\||&&|>).*$/, '').trim(),
    ),
  )
}

/** As Docker and Kubernetes have a command: `["node_modules/.bin/posthaste", "work"]`. */
function withoutLists(code: string): string {
  return code.replace(/\[\S*posthaste["']?,.*\]/g, (list) => list.replace(/[[\]"',]/g, ''))
}

function wrongIn(call: string): string[] {
  const words = call.replace(/'[^']*'|"[^"]*"/g, 'TEXT').split(/\s+/)
  const command = commandOf(program, words)
  if (command === undefined || command === program) return [`no command '${words[0]}'`]
  const known = [...command.options, ...program.options].flatMap(({ long, short }) => [long, short])
  const flags = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*$/, ''))
  return flags.filter((flag) => ![...known, '--help', '-h'].includes(flag)).map((flag) => `no option ${flag}`)
}

/** A command with commands of its own may be named alone. */
function commandOf(command: Command, [word = '', ...rest]: readonly string[]): Command | undefined {
  const next = command.commands.find((one) => one.name() === word)
  if (next === undefined) return command
  return next.commands.length > 0 ? commandOf(next, rest) : next
}
