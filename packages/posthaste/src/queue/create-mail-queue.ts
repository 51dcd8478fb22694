import type { QueueConfig } from '../config/queue-config.ts'
import { MailQueue } from './mail-queue.ts'

/**
 * Makes a mail queue. Nothing is connected, read or thrown before its first use, so that a module may export it.
 *
 * @example
 * export const mail = createMailQueue({
 *   database: process.env.DATABASE_URL,
 *   transports: { default: 'smtp://user:pass@mail.example.com:587', bulk: { url: 'smtp://bulk.example.com', maxConnections: 4 } },
 *   streams: { newsletter: { transport: 'bulk', priority: 'bulk', expiresIn: '2d' } },
 * })
 */
export function createMailQueue<const Stream extends string = never, const Transport extends string = string>(
  config: QueueConfig<Stream, Transport>,
): MailQueue<Stream | 'default'> {
  return new MailQueue(config as QueueConfig)
}
