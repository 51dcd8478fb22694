import type { QueueConfig } from '../../src/config/queue-config.ts'
import { createMailQueue, type MailQueue } from '../../src/index.ts'
import type { Mail } from '../../src/mail/mail.ts'
import { type SmtpOptions, type SmtpServer, startSmtp } from './smtp.ts'

export interface TestLine {
  readonly mail: MailQueue
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
  const mail: MailQueue = createMailQueue(whole)
  await mail.migrate()
  return {
    mail,
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
