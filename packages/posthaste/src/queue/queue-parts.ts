import type { SystemClock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Connection } from './connection.ts'

/** What a queue is made with. */
export interface QueueParts {
  readonly settings: () => Settings
  readonly clock: SystemClock
  readonly connection: Connection
  /** Replaces the transports of the configuration; to be called before they are used. */
  readonly replaceTransports: (transports: Settings['transports']) => void
}
