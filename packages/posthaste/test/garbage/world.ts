import { DatabaseSync } from 'node:sqlite'
import { createMailQueue, type MailQueue, type QueueConfig, type Transport } from '../../src/index.ts'
import { type OutboxMail, outbox } from '../../src/testing/index.ts'

/** A queue of its own, on a database in memory that is the app's, too. Nothing leaves the process. */
export interface World extends AsyncDisposable {
  readonly database: DatabaseSync
  readonly mail: MailQueue
  /** Of a mail that was sent, and of one that waits. */
  readonly sent: string
  readonly waiting: string
  /** The mail that was sent, as the outbox shows it. */
  readonly letter: OutboxMail
  /** Rows of all tables that hold what was taken in. */
  stored(): number
}

export const to = 'ada@example.com'
const tables = ['mail', 'delivery', 'recipient', 'suppression', 'content', 'chunk', 'idempotency']

/** Sends into the void. */
const accepting = (): Transport => ({
  name: 'void',
  maxConnections: 4,
  async deliver({ envelope, mayBegin }) {
    if (!(await mayBegin())) return { type: 'aborted' }
    return {
      type: 'answered',
      recipients: envelope.to.map((address) => ({ address, verdict: 'accepted' })),
    }
  },
  async verify() {},
  async close() {},
})

export function configOf(database: DatabaseSync) {
  return {
    database,
    defaults: { from: 'shop@example.com' },
    transports: {
      default: accepting(),
      smtp: { url: 'smtp://127.0.0.1:1', maxConnections: 2, limit: { perSecond: 5 } },
    },
    streams: { bulk: { transport: 'smtp', priority: 'bulk', expiresIn: '2d', retry: { first: '1m' } } },
    attachments: {
      roots: ['/srv'],
      hosts: ['example.com'],
      maxSize: 1_000_000,
      streamTimeout: 20,
      fetchTimeout: 20,
    },
    retry: { giveUpAfter: '4d' },
    retention: { sent: '30d' },
    logger: () => {},
  } as const
}

export async function openWorld(): Promise<World> {
  const database = new DatabaseSync(':memory:')
  const mail = createMailQueue(configOf(database) as unknown as QueueConfig)
  const sent = await mail.enqueue({ to, subject: 'Sent', text: 'https://example.com/verify 123456' })
  await mail.deliverDue()
  const waiting = await mail.enqueue({ to, subject: 'Waiting', text: 'x' }, { delay: '1d' })
  const present = database
    .prepare("select name from sqlite_master where type = 'table' and name like 'posthaste%'")
    .all()
    .map(({ name }) => String(name))
  const counted = present.filter((name) => tables.includes(name.replace('posthaste_', '')))
  const count = database.prepare(
    `select ${counted.map((name) => `(select count(*) from ${name})`).join(' + ')} as rows`,
  )
  return {
    database,
    mail,
    sent: sent.id,
    waiting: waiting.id,
    letter: await outbox(mail).only({ state: 'sent' }),
    stored: () => Number(count.get()?.rows),
    async [Symbol.asyncDispose]() {
      await mail.close()
      database.close()
    },
  }
}
