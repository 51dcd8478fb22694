import { DatabaseSync } from 'node:sqlite'
import type { SendMailOptions } from 'nodemailer'
import type { QueueConfig } from '../../src/config/queue-config.ts'
import { freshDatabase } from './databases.ts'
import { letter, openLine, type TestLine } from './line.ts'
import type { SmtpOptions } from './smtp.ts'

export interface SqliteLine extends TestLine {
  readonly url: string
  /** Changes rows by hand, as no API does. */
  tamper(sql: string, ...params: (string | number | Uint8Array)[]): void
}

/** A queue over a SQLite file of its own, and a real SMTP server, for one test. */
export async function sqliteLine(
  config: Partial<QueueConfig> = {},
  options: SmtpOptions = {},
): Promise<SqliteLine> {
  const { url, drop } = await freshDatabase('sqlite')
  const line = await openLine(url, config, options)
  return {
    mail: line.mail,
    parts: line.parts,
    smtp: line.smtp,
    url,
    tamper: (sql, ...params) => tamper(url, sql, params),
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]()
      await drop()
    },
  }
}

/** A letter as `sendMail` takes it. */
export function message(to: string, more: SendMailOptions = {}): SendMailOptions {
  return { ...(letter(to) as SendMailOptions), ...more }
}

/** Sends every finished mail so far into the past, for purges and retention. */
export function age({ tamper }: SqliteLine, ms: number): void {
  tamper('update posthaste_delivery set settled_at = settled_at - ? where settled_at is not null', ms)
}

function tamper(url: string, sql: string, params: (string | number | Uint8Array)[]): void {
  const database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 5_000 })
  database.prepare(sql).run(...params)
  database.close()
}
