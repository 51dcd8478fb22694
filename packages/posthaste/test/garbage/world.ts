import { createMailQueue, type MailQueue, type QueueConfig, type Transport } from '../../src/index.ts'
import { type OutboxMail, outbox } from '../../src/testing/index.ts'
import { type FreshDatabase, freshSqlite } from '../support/databases/fresh.ts'
import type { DatabaseKind } from '../support/databases/kinds.ts'
import { openSite, type Site } from './site.ts'

/** A queue of its own, on a database of its own. Nothing leaves the process. */
export interface World extends Site, AsyncDisposable {
  readonly mail: MailQueue
  /** Of a mail that was sent, and of one that waits. */
  readonly sent: string
  readonly waiting: string
  /** The mail that was sent, as the outbox shows it. */
  readonly letter: OutboxMail
}

export const to = 'ada@example.com'

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

export function configOf({ database }: Pick<Site, 'database'>) {
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

export async function openWorld(
  kind: DatabaseKind,
  fresh: () => Promise<FreshDatabase> = freshSqlite,
): Promise<World> {
  const site = await openSite(kind, fresh)
  const mail = createMailQueue(configOf(site) as unknown as QueueConfig)
  await mail.migrate()
  const sent = await mail.enqueue({ to, subject: 'Sent', text: 'https://example.com/verify 123456' })
  await mail.deliverDue()
  const waiting = await mail.enqueue({ to, subject: 'Waiting', text: 'x' }, { delay: '1d' })
  return {
    ...site,
    mail,
    sent: sent.id,
    waiting: waiting.id,
    letter: await outbox(mail).only({ state: 'sent' }),
    async [Symbol.asyncDispose]() {
      await mail.close()
      await site.close()
    },
  }
}
