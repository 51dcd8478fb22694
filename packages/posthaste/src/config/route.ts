import type { Duration } from '../input/time.ts'
import type { Limit } from '../limit.ts'
import type { SmtpOptions } from '../transports/smtp/options.ts'

/** What the `route` function is told. Its answer counts for all mail of which the same is true. */
export interface RouteQuestion {
  readonly stream: string
  readonly tenant: string | null
  /** Of mail that no transport was asked to take yet, or of mail that is tried again. */
  readonly attempt: 'first' | 'again'
  /** Names of the transports that back off now. */
  readonly backingOff: readonly string[]
}

/**
 * Where mail goes: the name of a transport of the configuration, or one with options of its own; undefined is the stream's. Options are known
 * by `name` and content: where the content changes, a new transport of that name takes the place of the old one, which is closed when it is idle.
 */
export type RouteAnswer<Transport extends string = string> =
  | Transport
  | {
      readonly name: Transport
      /** How long this answer counts; at most `'1h'`. @default '1m' */
      readonly cacheFor?: Duration | undefined
      readonly smtp?: undefined
    }
  | {
      /** 1 to 60 letters, digits, dots and dashes; none of `transports`. */
      readonly name: string
      readonly smtp: SmtpOptions & { readonly limit?: Limit | undefined }
      /** How long this answer counts; at most `'1h'`. @default '1m' */
      readonly cacheFor?: Duration | undefined
    }
  | undefined
