import nodemailer from 'nodemailer'
import type { Enqueued, EnqueueOptions, MailQueue } from '../../src/index.ts'
import type { AppDatabase } from './app-database.ts'
import { posthasteJson } from './cli.ts'

/** A mail of plain texts, which every way can be given. */
export type PlainMail = Readonly<Record<'from' | 'to' | 'subject' | 'text', string>>
export type Answer = Pick<Enqueued, 'id' | 'status' | 'duplicate' | 'sameContent'>
export type Way = (given: PlainMail, options?: EnqueueOptions) => Promise<Answer>

export const wayNames = [
  'enqueue',
  'enqueueIn',
  'enqueueMany',
  'enqueueManyIn',
  'prepare',
  'drop-in',
  'command line',
] as const

/** Every way into the queue that tells what became of the mail. */
export function enqueueWays(
  mail: MailQueue,
  { app, url }: { app: AppDatabase; url: string },
): Record<(typeof wayNames)[number], Way> {
  const transporter = mail.transporter(nodemailer)
  const inApp = async <T>(work: () => Promise<T>): Promise<T> => {
    await app.begin()
    try {
      return await work()
    } finally {
      await app.commit()
    }
  }
  return {
    enqueue: (given, options) => mail.enqueue(given, options),
    enqueueIn: (given, options) => inApp(() => mail.enqueueIn(app.tx, given, options)),
    enqueueMany: async (given, options) => one(await mail.enqueueMany([{ mail: given, ...options }])),
    enqueueManyIn: async (given, options) =>
      one(await inApp(() => mail.enqueueManyIn(app.tx, [{ mail: given, ...options }]))),
    async prepare(given, options) {
      const prepared = await mail.prepare(given, options)
      return inApp(() => mail.enqueueIn(app.tx, prepared))
    },
    'drop-in': (given, options = {}) =>
      transporter.sendMail({ ...given, posthaste: options }) as unknown as Promise<Answer>,
    'command line': (given, options) =>
      posthasteJson(['enqueue', ...flagsOf(given), ...flagsOf(options ?? {})], {
        env: { DATABASE_URL: url, POSTHASTE_SMTP_URL: 'smtp://127.0.0.1:9' },
      }),
  }
}

function one({ results: [first] }: { results: readonly (Answer | undefined)[] }): Answer {
  if (!first) throw new Error('nothing was stored')
  return first
}

function flagsOf(given: object): string[] {
  return Object.entries(given).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ])
}
