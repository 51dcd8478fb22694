import type { QueueConfig } from '../../src/config/queue-config.ts'
import { readSettings } from '../../src/config/settings.ts'
import { Connection } from '../../src/queue/connection.ts'
import { MailQueue } from '../../src/queue/mail-queue.ts'
import type { QueueParts } from '../../src/queue/queue-parts.ts'
import { HandClock } from './turned-clock.ts'

export { HandClock }

/** A queue whose time is turned by hand. */
export function queueAtHand(config: QueueConfig): { mail: MailQueue; clock: HandClock; parts: QueueParts } {
  const read = readSettings(config)
  const clock = new HandClock()
  const settings = () => read
  const connection = new Connection(settings, clock)
  const parts = { settings, clock, connection, replaceTransports: () => {} }
  return { clock, parts, mail: new MailQueue(config, parts) }
}
