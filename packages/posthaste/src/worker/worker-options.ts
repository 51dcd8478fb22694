import type { SystemClock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Duration } from '../input/time.ts'
import type { Connection } from '../queue/connection.ts'
import type { BudgetOptions } from './budget.ts'

/** How a worker works. */
export interface WorkerOptions<Stream extends string = string> {
  /** Mails under way at once, for each transport, 1 to 10,000; no more than its `maxConnections`. @default 10 */
  concurrency?: number | undefined
  /** Only mail of these streams. @default all that are configured */
  streams?: readonly Stream[] | undefined
  /** How long this worker's lease lasts without a heartbeat; when it has ended, others take its mail over. 1 s to 1 day. @default '15s' */
  lease?: Duration | undefined
  /** The longest wait between looks into the queue where no notification comes. 10 ms to 1 day. @default '5s' on PostgreSQL, '2s' elsewhere */
  pollInterval?: Duration | undefined
  /** How long stop() lets conversations that are under way go on; up to 24 days. @default '30s' */
  stopWithin?: Duration | undefined
  /** Workers that may die holding one mail before it fails as `crashed-workers`; 1 to 1,000. @default 3 */
  maxRescues?: number | undefined
  /** What the record calls this worker; up to 200 characters. @default host name and process id */
  name?: string | undefined
  /** Delete what is past its retention, expire what is late, sweep what is left over. @default true */
  housekeeping?: boolean | undefined
}

/** One pass over what is due. */
export interface DeliverOptions<Stream extends string = string> extends BudgetOptions {
  /** Only these mails. @default all that are due */
  ids?: readonly string[] | undefined
  /** Only mail of these streams. @default all that are configured */
  streams?: readonly Stream[] | undefined
  /** Begins nothing more after this many milliseconds. @default no bound */
  maxMs?: number | undefined
  /** Mails under way at once, for each transport. @default 10 */
  concurrency?: number | undefined
  /** Once it aborts nothing more is begun; what is under way is finished. @default none */
  signal?: AbortSignal | undefined
  /** Settle mail as sent, and send nothing: for tests of the app. @default as `delivery` of the configuration says */
  capture?: boolean | undefined
}

/** What a worker is made with. */
export interface WorkerTools {
  readonly settings: Settings
  readonly clock: SystemClock
  readonly connection: Connection
  /** In [0, 1). */
  readonly random: () => number
}
