import type { SystemClock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Duration } from '../input/time.ts'
import type { Connection } from '../queue/connection.ts'

/** How a worker works. */
export interface WorkerOptions<Stream extends string = string> {
  /** Mails under way at once, for each transport; no more than its `maxConnections`. @default 10 */
  concurrency?: number
  /** Only mail of these streams. @default all that are configured */
  streams?: readonly Stream[]
  /** How long this worker's lease lasts without a heartbeat; when it has ended, others take its mail over. At least 1 s. @default '15s' */
  lease?: Duration
  /** The longest wait between looks into the queue where no notification comes. @default '5s' on PostgreSQL, '2s' elsewhere */
  pollInterval?: Duration
  /** How long stop() lets conversations that are under way go on. @default '30s' */
  stopWithin?: Duration
  /** Workers that may die holding one mail before it fails as `quarantined`. @default 3 */
  maxRescues?: number
  /** What the record calls this worker. @default host name and process id */
  name?: string
  /** Delete what is past its retention, expire what is late, sweep what is left over. @default true */
  housekeeping?: boolean
}

/** What a worker is made with. */
export interface WorkerTools {
  readonly settings: Settings
  readonly clock: SystemClock
  readonly connection: Connection
  /** In [0, 1). */
  readonly random: () => number
}
