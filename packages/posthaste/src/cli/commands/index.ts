import type { Command } from 'commander'
import { enqueue } from './enqueue.ts'
import { health } from './health.ts'
import { list } from './list.ts'
import { migrate } from './migrate.ts'
import { show } from './show.ts'
import { status } from './status.ts'
import { work } from './work.ts'

/** Every command, in the order in which --help lists them. */
export const commands: readonly ((program: Command) => void)[] = [
  migrate,
  enqueue,
  work,
  status,
  health,
  list,
  show,
]
