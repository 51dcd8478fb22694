import type { QueueConfig } from '../../src/config/queue-config.ts'
import type { Mail } from '../../src/mail/mail.ts'
import { MailQueue } from '../../src/queue/mail-queue.ts'
import type { QueueParts } from '../../src/queue/queue-parts.ts'
import { queueParts } from '../../src/queue/queue-parts.ts'
import { type SmtpOptions, type SmtpServer, startSmtp } from './smtp.ts'

export interface TestLine {
  readonly mail: MailQueue
  /** What the queue is made of, for tests that look behind it. */
  readonly parts: QueueParts
  readonly smtp: SmtpServer
  [Symbol.asyncDispose](): Promise<void>
}

/** A queue over a fresh database, and a real SMTP server as its transport `default`. */
export async function openLine(
  url: string,
  config: Partial<QueueConfig> = {},
  options: SmtpOptions = {},
): Promise<TestLine> {
  const smtp = await startSmtp(options)
  const { transports, ...rest } = config
  const whole: QueueConfig = { database: url, transports: { default: smtp.url, ...transports }, ...rest }
  const parts = queueParts(whole)
  const mail = new MailQueue(whole, parts)
  await mail.migrate()
  return {
    mail,
    parts,
    smtp,
    async [Symbol.asyncDispose]() {
      await mail.close()
      await smtp.close()
    },
  }
}

export function letter(to: string, more: Partial<Mail> = {}): Mail {
  return { from: 'shop@example.com', to, subject: 'Your order', text: 'It is on its way.', ...more }
}
