import type { Command } from 'commander'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { enqueue } from './enqueue.ts'
import { health } from './health.ts'
import { init } from './init.ts'
import { list } from './list.ts'
import { migrate } from './migrate.ts'
import { pause, resume } from './pause.ts'
import { purge } from './purge.ts'
import { resend } from './resend.ts'
import { resolve } from './resolve.ts'
import { show } from './show.ts'
import { status } from './status.ts'
import { cancel, hold, release, retry } from './steer.ts'
import { suppress } from './suppress.ts'
import { transports } from './transports.ts'
import { work } from './work.ts'

/** Every command, in the order in which --help lists them. */
export const commands: readonly ((program: Command) => void)[] = [
  init,
  migrate,
  enqueue,
  work,
  status,
  health,
  list,
  show,
  retry,
  cancel,
  hold,
  release,
  resolve,
  resend,
  purge,
  suppress,
  pause,
  resume,
  transports,
  doctor,
  demo,
]
