import type { Database } from '../../src/connections/database.ts'
import { openDatabase } from '../../src/connections/open.ts'
import { newId } from '../../src/ids.ts'
import { type ContentSource, memorySource } from '../../src/mail/content-source.ts'
import type { Answered, Verdict } from '../../src/outcome.ts'
import { defaultRetry } from '../../src/retry.ts'
import { settle } from '../../src/settle.ts'
import type { Enqueued, NewBody, NewEntry, NewMail } from '../../src/store/add/new-mail.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Engine } from '../../src/store/engine.ts'
import { engineFor, enqueueStoreFor } from '../../src/store/engine-for.ts'
import { migrate } from '../../src/store/migrate.ts'
import { runSteps } from '../../src/store/statement.ts'
import type { AttemptRecord, Bookmarked, Claim, Settling, Store, WorkerRow } from '../../src/store/store.ts'
import type { DatabaseKind, FreshDatabase } from './databases.ts'

export { attemptRows, countRows, deliveryRow, recipientStates } from './store-rows.ts'

/** A moment: tests turn their clock by hand. */
export const noon = Date.UTC(2026, 10, 24, 12)
export const minute = 60_000

export interface OpenStore {
  readonly kind: DatabaseKind
  readonly url: string
  readonly database: Database
  readonly engine: Engine
  readonly store: Store
  /** A second way in, with connections of its own. */
  another(): Promise<OpenStore>
  close(): Promise<void>
}

export async function openStore(kind: DatabaseKind, { url }: FreshDatabase): Promise<OpenStore> {
  const database = await openDatabase(url)
  const engine = engineFor(database)
  await migrate(database, engine, noon)
  const others: OpenStore[] = []
  return {
    kind,
    url,
    database,
    engine,
    store: createStore(database, engine),
    async another() {
      const other = await openStore(kind, { url, drop: async () => {} })
      others.push(other)
      return other
    },
    async close() {
      await Promise.all(others.map((other) => other.close()))
      await database.close()
    },
  }
}

export type NewTestMail = Partial<NewMail> & { to?: readonly string[]; body?: Partial<NewBody> }

/** Stores one mail through the real enqueue, in a transaction of its own. */
export async function add(
  at: Pick<OpenStore, 'database' | 'engine'>,
  given: NewTestMail = {},
): Promise<Enqueued> {
  const [added] = await addMany(at, [given])
  if (!added) throw new Error('nothing was added')
  return added
}

export function addMany(
  { database, engine }: Pick<OpenStore, 'database' | 'engine'>,
  given: readonly NewTestMail[],
): Promise<Enqueued[]> {
  const entries = given.map(newEntry)
  return database.transaction((tx) => runSteps(enqueueStoreFor(engine).addMails(entries, new WeakSet()), tx))
}

/** A mail of which nothing is stored yet. */
export function newEntry({ body, ...mail }: NewTestMail = {}): NewEntry {
  return { mail: newMail(mail), body: newBody(body) }
}

function newMail({ to = ['ada@example.com'], ...given }: NewTestMail): NewMail {
  const id = given.id ?? newId(given.createdAt ?? noon)
  return {
    id,
    messageId: `<${id}@example.com>`,
    subject: 'Your order',
    sender: 'shop@example.com',
    recipients: to.map((address) => ({ address, kind: 'to' as const })),
    stream: 'default',
    tenant: null,
    priority: 'normal',
    createdAt: noon,
    sendAt: noon,
    expiresAt: null,
    onUnknown: 'retry',
    sensitive: false,
    retry: null,
    smtp: null,
    metadata: null,
    tags: [],
    idempotencyKey: null,
    onConflict: 'keep',
    replaces: null,
    resentFrom: null,
    ...given,
  }
}

function newBody(given: Partial<NewBody> = {}): NewBody {
  const mime = Buffer.from('Subject: Your order\r\n\r\nThank you.\r\n')
  return { document: Buffer.from('{}'), mime, size: mime.length, hash: () => 'hash', contents: [], ...given }
}

export function newContent(bytes: Buffer): { id: string; source: ContentSource } {
  return { id: newId(), source: memorySource(bytes) }
}

export const everything = [0, 1, 2, 3, 4, 5, 6, 7]

export interface Claiming {
  readonly workerId?: string
  readonly now?: number
  readonly limit?: number
  readonly lanes?: readonly number[]
  readonly streams?: readonly string[]
  readonly from?: Bookmarked
  readonly lastOf?: number
}

export async function claim({ store }: Pick<OpenStore, 'store'>, given: Claiming = {}): Promise<Claim[]> {
  const {
    workerId = newId(),
    now = noon,
    limit = 10,
    lanes = everything,
    streams = ['default'],
    from,
    lastOf,
  } = given
  const request = { streams, lanes, limit, from, lastOf }
  const { claims } = await store.turn({ workerId, now, settle: [], claim: [request] })
  return claims
}

export async function claimOne(at: Pick<OpenStore, 'store'>, given: Claiming = {}): Promise<Claim> {
  const [one] = await claim(at, { ...given, limit: 1 })
  if (!one) throw new Error('nothing was claimed')
  return one
}

/** What a worker would settle had the server said this of every recipient that was asked. */
export function settlingOf(
  claimed: Claim,
  verdict: Verdict,
  { now = noon, text = 'so be it' } = {},
): Settling {
  const recipients = claimed.recipients
    .filter(({ state }) => state === 'pending')
    .map(({ address }) => ({ address, verdict, reply: { code: verdict === 'accepted' ? 250 : 450, text } }))
  const outcome: Answered = { type: 'answered', recipients }
  const settlement = settle({ ...claimed, retry: claimed.retry ?? defaultRetry }, outcome, {
    now,
    random: 0.5,
  })
  return { settlement, attempt: attemptOf(claimed, outcome, now) }
}

export function attemptOf(claimed: Claim, { recipients }: Answered, now: number): AttemptRecord {
  return {
    mailId: claimed.mailId,
    token: claimed.token,
    attempt: claimed.attempts + 1,
    startedAt: now - 12,
    ms: 12,
    worker: 'w1',
    transport: 'main',
    outcome: recipients[0]?.verdict ?? 'fault',
    code: recipients[0]?.reply?.code ?? null,
    enhanced: null,
    reply: recipients[0]?.reply?.text ?? null,
    errorCode: null,
    doubt: recipients.some(({ verdict }) => verdict === 'unknown'),
    remote: 'mx.example.com:25',
    tls: null,
    serverMessageId: null,
    recipients: recipients.map(({ address, verdict, reply }) => ({
      address,
      verdict,
      ...(reply?.code ? { code: reply.code } : {}),
      text: reply?.text ?? '',
    })),
  }
}

export async function settleOnly(
  { store }: Pick<OpenStore, 'store'>,
  settlings: readonly Settling[],
  now = noon,
) {
  const { verdicts } = await store.turn({ workerId: newId(), now, settle: settlings, claim: [] })
  return verdicts
}

export function newWorker(given: Partial<WorkerRow> = {}): WorkerRow {
  return {
    id: newId(),
    name: 'w1',
    version: '0.1.0',
    startedAt: noon,
    heartbeatAt: noon,
    leaseUntil: noon + minute,
    sleeping: false,
    stopping: false,
    streams: null,
    concurrency: 20,
    delivered: 0,
    ownFault: null,
    ...given,
  }
}
