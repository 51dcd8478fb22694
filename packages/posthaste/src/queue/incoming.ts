import { PosthasteError } from '../errors.ts'
import type { EnqueueOptions } from '../options.ts'
import type { NewBody, NewEntry } from '../store/add/new-mail.ts'
import { bodyLater, bodyNow, type Composing, newSharing, type Sharing } from './compose.ts'
import type { Enqueueing } from './enqueue.ts'
import type { Prepared } from './prepared.ts'

/** Mails bound for somebody's transaction: what can be known at once, and the rest when it has been waited for. */
export interface Incoming {
  readonly mails: readonly Composing['mail'][]
  /** undefined where something must be awaited. */
  now(): NewBody[] | undefined
  later(): Promise<NewBody[]>
}

export function incoming(
  { settings }: Enqueueing,
  composing: readonly Composing[],
  sharing: Sharing = newSharing(),
): Incoming {
  return {
    mails: composing.map(({ mail }) => mail),
    now: () => {
      const bodies: NewBody[] = []
      for (const one of composing) {
        const body = bodyNow(one, settings, sharing)
        if (!body) return undefined
        bodies.push(body)
      }
      return bodies
    },
    later: async () => {
      const bodies: NewBody[] = []
      for (const one of composing)
        bodies.push(bodyNow(one, settings, sharing) ?? (await bodyLater(one, settings, sharing)))
      return bodies
    },
  }
}

/** @throws {PH_OPTION_INVALID} options belong to prepare() */
export function incomingPrepared({ entry }: Prepared, options: EnqueueOptions): Incoming {
  if (Object.keys(options).length > 0)
    throw new PosthasteError('PH_OPTION_INVALID', 'the options of a prepared mail are given to prepare()')
  return { mails: [entry.mail], now: () => [entry.body], later: async () => [entry.body] }
}

export function entriesOf({ mails }: Incoming, bodies: readonly NewBody[]): NewEntry[] {
  return mails.flatMap((mail, index) => (bodies[index] ? [{ mail, body: bodies[index] }] : []))
}

/** PostgreSQL: nothing of these needs a statement before or after the one. */
export function isOneStatement(entries: readonly NewEntry[]): boolean {
  return entries.every(({ mail, body }) => mail.idempotencyKey === null && body.contents.length === 0)
}
