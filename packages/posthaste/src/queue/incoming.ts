import { PosthasteError } from '../errors.ts'
import { readFields } from '../input/fields.ts'
import { optionBorder } from '../input/reader.ts'
import type { EnqueueOptions } from '../options.ts'
import type { NewBody, NewMail } from '../store/add/new-mail.ts'
import { bodyLater, bodyNow, type Composing } from './compose.ts'
import type { Dating, Enqueueing } from './compose-in-time.ts'
import type { Prepared } from './prepared.ts'

/** A mail bound for the app's transaction: what is known at once, and the rest when it has been waited for. */
export interface Incoming {
  readonly mail: NewMail
  /** The same once the database's time is known. */
  inTime(): Incoming
  /** undefined where something must be awaited. */
  now(): NewBody | undefined
  later(): Promise<NewBody>
}

export function incoming({ settings }: Enqueueing, { composing, inTime }: Dating): Incoming {
  const incomingOf = (one: Composing): Incoming => {
    const self: Incoming = {
      mail: one.mail,
      inTime: () => {
        const dated = inTime()
        return dated === one ? self : incomingOf(dated)
      },
      now: () => bodyNow(one, settings),
      later: () => bodyLater(one, settings),
    }
    return self
  }
  return incomingOf(composing)
}

/** @throws {PH_OPTION_INVALID} options belong to prepare() */
export function incomingPrepared({ entry }: Prepared, options: EnqueueOptions): Incoming {
  if (Object.keys(readFields(options, optionBorder)).length > 0)
    throw new PosthasteError('PH_OPTION_INVALID', 'the options of a prepared mail are given to prepare()')
  const prepared: Incoming = {
    mail: entry.mail,
    inTime: () => prepared,
    now: () => entry.body,
    later: async () => entry.body,
  }
  return prepared
}
