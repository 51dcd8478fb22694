import { optional, table } from './input/table.ts'
import { number } from './input/values.ts'

/**
 * Mails one worker may send in a time, spread evenly over it; what does not fit waits, it does not fail. Several bounds hold together. Each is
 * above 0 and at most 1,000,000,000: to stop mail there is `pause()`.
 *
 * @default no bound
 */
export interface Limit {
  /** Mails in a second. */
  readonly perSecond?: number | undefined
  /** Mails in a minute. */
  readonly perMinute?: number | undefined
  /** Mails in a day. */
  readonly perDay?: number | undefined
}

const foreign = {
  // Nodemailer and BullMQ.
  rateLimit: "'perSecond'",
  rateDelta: "'perSecond' or 'perMinute'",
  max: "'perSecond', 'perMinute' or 'perDay'",
  duration: "'perSecond', 'perMinute' or 'perDay'",
  maxConnections: "'maxConnections' of the transport, beside 'limit'",
}

const rate = number({ min: 0, max: 1_000_000_000, aboveMin: true })

/** A limit of nothing would still let one mail go: 0 is refused. */
export const limit = table(
  { perSecond: optional(rate), perMinute: optional(rate), perDay: optional(rate) },
  { foreign },
)
