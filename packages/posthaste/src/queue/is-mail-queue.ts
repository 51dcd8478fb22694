import { peek } from '../foreign.ts'
import type { MailQueue } from './mail-queue.ts'

/** By shape: a configuration may have loaded another copy of the package. */
export function isMailQueue(value: unknown): value is MailQueue {
  return ['enqueueIn', 'deliverDue', 'readIn', 'close'].every(
    (name) => typeof peek(value, name) === 'function',
  )
}
