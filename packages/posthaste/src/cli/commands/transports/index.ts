import type { Command } from 'commander'
import { list } from './list.ts'
import { rest } from './rest.ts'
import { wake } from './wake.ts'

export function transports(program: Command): void {
  const parent = program
    .command('transports')
    .description('See how transports fare; let one rest, or wake it')
  for (const add of [list, rest, wake]) add(parent)
}
