import type { SystemClock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Connection } from '../queue/connection.ts'

/** What a worker is made with. */
export interface WorkerTools {
  readonly settings: Settings
  readonly clock: SystemClock
  readonly connection: Connection
  /** In [0, 1). */
  readonly random: () => number
}
