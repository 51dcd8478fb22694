import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { Enqueued } from '../queue/enqueue.ts'
import type { MailQueue } from '../queue/mail-queue.ts'
import type { MailRecord } from '../queue/records.ts'
import type { Accepted } from './smtp-talk.ts'

/** What must become of the mail of an act. */
export type Fate = 'sent' | 'flagged' | 'held' | 'expired' | 'suppressed' | 'rejected' | 'undone'

/** What a mail that arrived is held against. */
export interface Known {
  readonly record: MailRecord | undefined
  /** Milliseconds since 1970, before its transaction began. */
  readonly committedAt: number
}

/** One transaction of the shop with its mail; each has a line in the table at the end. */
export interface Act {
  readonly title: string
  readonly fate: Fate
  /** For each mail, the addresses at which it must arrive. */
  readonly arrivesAt: readonly (readonly string[])[]
  /** How often. @default 1 */
  readonly copies?: number
  /** What else must be true of a mail that arrived. */
  readonly proof?: (arrived: Accepted, known: Known) => boolean
  enqueue(mail: MailQueue, tx: object): Promise<readonly { id: string; messageId: string }[]>
}

/** How an act differs from mail that is sent. */
interface Meant {
  readonly fate?: Fate
  readonly copies?: number
  readonly options?: EnqueueOptions
}

export function at(name: string): string {
  return `${name}@example.com`
}

export function people(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => at(`${name}${index + 1}`))
}

/** The same mail to each of several people. */
export function simple(
  title: string,
  to: readonly string[],
  mail: Mail,
  { fate = 'sent', copies = 1, options = {} }: Meant = {},
): Act {
  return {
    title,
    fate,
    copies,
    arrivesAt: to.map((address) => (fate === 'undone' ? [] : [address])),
    async enqueue(queue, tx) {
      const queued: Enqueued[] = []
      for (const address of to) queued.push(await queue.enqueueIn(tx, { ...mail, to: address }, options))
      return queued
    },
  }
}

/** One mail to several people. */
export function single(title: string, arrivesAt: readonly string[], mail: Mail): Act {
  return {
    title,
    fate: 'sent',
    arrivesAt: [arrivesAt],
    enqueue: async (queue, tx) => [await queue.enqueueIn(tx, mail)],
  }
}
