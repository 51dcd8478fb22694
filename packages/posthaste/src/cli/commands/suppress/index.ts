import type { Command } from 'commander'
import { add } from './add.ts'
import { check } from './check.ts'
import { exportAll } from './export.ts'
import { importAll } from './import.ts'
import { list } from './list.ts'
import { remove } from './remove.ts'

export function suppress(program: Command): void {
  const parent = program
    .command('suppress')
    .description("The don't-send list: addresses, and @domains, that get no mail")
  for (const verbOf of [add, remove, list, check, importAll, exportAll]) verbOf(parent)
}
