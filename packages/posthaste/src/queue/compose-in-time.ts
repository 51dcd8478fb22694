import type { Clock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import { readFields } from '../input/fields.ts'
import { optionBorder } from '../input/reader.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { type Composing, compose } from './compose.ts'
import type { Connected, Connection } from './connection.ts'

export interface Enqueueing {
  readonly settings: Settings
  readonly clock: Clock
  readonly connection: Connection
}

/** A clock of this host that is so much off has dated a mail wrongly. Milliseconds. */
const offBy = 1_000

/** A mail that was composed before the database's time may have been known. */
export interface Dating {
  readonly composing: Composing
  /** To be asked when it is known: the same, or dated anew where the host's clock was off. */
  inTime(): Composing
}

/** Checks and copies at once. */
export function composeAtOnce(
  queue: Pick<Enqueueing, 'settings' | 'clock'>,
  given: Mail,
  options: EnqueueOptions,
): Dating {
  const { clock } = queue
  const own = readFields(options, optionBorder)
  const composing = compose(given, own, queue)
  const before = clock.now() - clock.monotonic()
  const isOff = () => Math.abs(clock.now() - clock.monotonic() - before) > offBy
  return {
    composing,
    inTime: () => (isOff() ? compose(composing.draft.mail as Mail, own, queue) : composing),
  }
}

/** The same, and dated by the database's time. */
export async function composeInTime(
  queue: Enqueueing,
  given: Mail,
  options: EnqueueOptions,
): Promise<{ composing: Composing; connected: Connected }> {
  const { inTime } = composeAtOnce(queue, given, options)
  const connected = await queue.connection.ready()
  return { composing: inTime(), connected }
}
