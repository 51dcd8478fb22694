import nodemailer from 'nodemailer'
import { afterAll, beforeAll } from 'vitest'
import { createMailQueue, type Enqueued, type EnqueueOptions, type MailQueue } from '../../src/index.ts'
import { type AppDatabase, openApp } from './app-database.ts'
import { posthasteJson } from './cli.ts'
import type { DatabaseKind, FreshDatabase } from './databases.ts'

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

/** A queue whose mail is captured, the app's own connection beside it, and the ways into it. */
export interface EnqueueScene {
  readonly mail: MailQueue<'default'>
  readonly app: AppDatabase
  readonly ways: Readonly<Record<(typeof wayNames)[number], Way>>
  /** Of the command line. */
  readonly env: Record<string, string>
}

/** It is there while the tests of the suite run. */
export function enqueueScene(kind: DatabaseKind, fresh: () => Promise<FreshDatabase>): EnqueueScene {
  let opened: EnqueueScene | undefined
  const scene = () => {
    if (!opened) throw new Error('it is there while tests run')
    return opened
  }
  beforeAll(async () => {
    const { url } = await fresh()
    const mail = createMailQueue({ database: url, delivery: 'capture' })
    await mail.migrate()
    const app = await openApp(kind, url)
    const env = { DATABASE_URL: url, POSTHASTE_SMTP_URL: 'smtp://127.0.0.1:9' }
    opened = { mail, app, env, ways: enqueueWays(mail, { app, env }) }
  })
  afterAll(async () => {
    await opened?.app.close()
    await opened?.mail.close()
  })
  return {
    get mail() {
      return scene().mail
    },
    get app() {
      return scene().app
    },
    get ways() {
      return scene().ways
    },
    get env() {
      return scene().env
    },
  }
}

/** In a transaction of the app's, which commits whatever comes of it. */
export async function inApp<T>(app: AppDatabase, work: () => Promise<T>): Promise<T> {
  await app.begin()
  try {
    return await work()
  } finally {
    await app.commit()
  }
}

/** Every way into the queue that tells what became of the mail. */
function enqueueWays(mail: MailQueue, { app, env }: Pick<EnqueueScene, 'app' | 'env'>): EnqueueScene['ways'] {
  const transporter = mail.transporter(nodemailer)
  return {
    enqueue: (given, options) => mail.enqueue(given, options),
    enqueueIn: (given, options) => inApp(app, () => mail.enqueueIn(app.tx, given, options)),
    enqueueMany: async (given, options) => one(await mail.enqueueMany([{ mail: given, ...options }])),
    enqueueManyIn: async (given, options) =>
      one(await inApp(app, () => mail.enqueueManyIn(app.tx, [{ mail: given, ...options }]))),
    async prepare(given, options) {
      const prepared = await mail.prepare(given, options)
      return inApp(app, () => mail.enqueueIn(app.tx, prepared))
    },
    'drop-in': (given, options = {}) =>
      transporter.sendMail({ ...given, posthaste: options }) as unknown as Promise<Answer>,
    'command line': (given, options) =>
      posthasteJson(['enqueue', ...flagsOf(given), ...flagsOf(options ?? {})], { env }),
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
