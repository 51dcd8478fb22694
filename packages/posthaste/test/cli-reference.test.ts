import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { cliReference } from '../../../scripts/cli-reference.ts'
import { createProgram } from '../src/cli/cli.ts'

const page = () => readFile(new URL('../../../docs/reference/cli.md', import.meta.url), 'utf8')

test('the reference is what `npm run docs:cli` writes', async () => {
  expect(await page()).toBe(cliReference())
})

test('the reference has every command and every option, and no other', async () => {
  const documented = [...(await page()).matchAll(/^(?:## ([a-z ]+)$|\| `([^`]+)` \|)/gm)].map(
    ([, command, option]) => command ?? option,
  )
  const names = namesOf(createProgram())
  expect(documented.filter((name) => name !== undefined && /^[a-z-]/.test(name)).sort()).toEqual(names.sort())
})

function namesOf(command: Command, path = ''): string[] {
  const options = command.options.map(({ flags }) => flags)
  const below = command.commands.flatMap((one) => namesOf(one, `${path} ${one.name()}`.trim()))
  return command.commands.length > 0 ? [...options, ...below] : [path, ...options]
}
