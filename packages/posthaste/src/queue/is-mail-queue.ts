import type { MailQueue } from './mail-queue.ts'

/** By shape: a configuration may have loaded another copy of the package. */
export function isMailQueue(value: unknown): value is MailQueue {
  if (typeof value !== 'object' || value === null) return false
  return ['enqueueIn', 'deliverDue', 'readIn', 'close'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  )
}
