import { SystemClock } from '../clock.ts'
import type { QueueConfig } from '../config/queue-config.ts'
import { readSettings, readTransports, type Settings } from '../config/settings.ts'
import { Connection } from './connection.ts'

/** What a queue is made with. */
export interface QueueParts {
  readonly settings: () => Settings
  readonly clock: SystemClock
  readonly connection: Connection
  /** Replaces the transports of the configuration; to be called before they are used. */
  readonly replaceTransports: (transports: Settings['transports']) => void
}

/** What a queue of this configuration is made with. */
export function queueParts(config: QueueConfig): QueueParts {
  let read: Settings | undefined
  const settings = () => {
    read ??= readSettings(config)
    return read
  }
  const clock = new SystemClock()
  return {
    settings,
    clock,
    connection: new Connection(settings, clock),
    replaceTransports: (transports) => {
      read = { ...settings(), transports: readTransports(transports, settings()) }
    },
  }
}
