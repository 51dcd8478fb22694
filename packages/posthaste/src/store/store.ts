import type { Executor } from '../connections/database.ts'
import type { Filter } from '../filter.ts'
import type { OnUnknown, Reason, RecipientKind, RecipientState, State } from '../mail.ts'
import type { RetryPolicy } from '../retry.ts'
import type { Settlement } from '../settle.ts'

/** A delivery leased to one worker under a fencing token, with what is needed to send it. */
export interface Claim {
  readonly mailId: string
  readonly token: number
  readonly stream: string
  readonly tenant: string | null
  readonly lane: number
  readonly attempts: number
  readonly unknowns: number
  readonly messageId: string
  /** '' is the null sender. */
  readonly sender: string
  readonly createdAt: number
  readonly sendAt: number
  readonly dueAt: number
  readonly expiresAt: number | null
  readonly onUnknown: OnUnknown
  readonly sensitive: boolean
  readonly retry: RetryPolicy | null
  readonly recipients: readonly ClaimedRecipient[]
  /** Rendered MIME where it was stored and is at most {@link inlineMime} bytes. */
  readonly mime: Buffer | null
  /** Its size where it is stored, inline or not. */
  readonly mimeSize: number | null
}

export const inlineMime = 64 * 1024

export interface ClaimedRecipient {
  readonly seq: number
  readonly address: string
  readonly kind: RecipientKind
  /** `suppressed` where the don't-send list has it by now. */
  readonly state: RecipientState
}

export interface ClaimRequest {
  readonly streams: readonly string[]
  /** In the order of preference. */
  readonly lanes: readonly number[]
  readonly limit: number
}

/** One line of history. */
export interface AttemptRecord {
  readonly mailId: string
  readonly token: number
  readonly attempt: number
  readonly startedAt: number
  readonly ms: number
  readonly worker: string
  readonly transport: string
  readonly outcome: string
  readonly code: number | null
  readonly enhanced: string | null
  readonly reply: string | null
  readonly errorCode: string | null
  readonly remote: string | null
  readonly tls: string | null
  readonly serverMessageId: string | null
  readonly recipients: readonly {
    address: string
    verdict: string
    code?: number
    enhanced?: string
    text?: string
  }[]
}

export interface Settling {
  readonly settlement: Settlement
  readonly attempt: AttemptRecord | null
}

/**
 * What became of a settlement: `settled`; `stale`: the claim had been taken away and nothing was changed; `recorded`: it was
 * stale but an acceptance, and somebody had dispatched the mail again, so it was recorded and flagged as a possible second copy.
 */
export type SettleVerdict = 'settled' | 'stale' | 'recorded'

export interface WorkerRow {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly startedAt: number
  readonly heartbeatAt: number
  readonly leaseUntil: number
  readonly sleeping: boolean
  readonly stopping: boolean
  readonly streams: readonly string[] | null
  readonly concurrency: number
  readonly delivered: number
}

export interface Turn {
  readonly workerId: string
  readonly now: number
  readonly settle: readonly Settling[]
  readonly claim: readonly ClaimRequest[]
}

/** What a worker asks of the database. Every time is given, none is taken from the database's clock. Not public API. */
export interface DeliveryStore {
  /**
   * One short transaction: what is done is settled, each only while its token holds, and free slots are filled with due mail
   * (not of paused streams), leased to this worker. A claim of mail whose policy is `retry` is its dispatch too.
   * Mail with a policy of `hold` is dispatched by {@link DeliveryStore.dispatch}. Claims come in lane order, then by due time.
   */
  turn(turn: Turn): Promise<{ verdicts: SettleVerdict[]; claims: Claim[] }>
  /** The durable mark before the body of a held-when-unknown mail leaves; false where the claim is lost. */
  dispatch(mailId: string, token: number, now: number): Promise<boolean>
  /** Gives claims back as if they had never been made. */
  release(claims: readonly { mailId: string; token: number }[], dueAt: number): Promise<void>
  /**
   * Gives back what the database holds for this worker and the worker does not know of: to be called after a {@link DeliveryStore.turn}
   * that threw, for it may have been committed. Tells how many.
   */
  releaseLost(
    workerId: string,
    lost: { held: readonly { mailId: string; token: number }[]; dueAt: number },
  ): Promise<number>
  /** When the earliest queued mail of these streams is due; undefined where there is none. */
  nextDue(streams: readonly string[]): Promise<number | undefined>
  /** The stored MIME that was too large to come with the claim. */
  mime(mailId: string): Promise<Buffer | null>
  /** The structured mail and the ids of its contents; undefined where the body is gone. */
  document(mailId: string): Promise<{ document: Buffer; contents: readonly string[] } | undefined>
  /** One chunk of a content; undefined past the end. */
  chunk(contentId: string, seq: number): Promise<Buffer | undefined>

  registerWorker(worker: WorkerRow): Promise<void>
  /** Extends the lease; false where somebody has declared this worker dead: it must take a new identity. */
  beat(
    workerId: string,
    beat: { now: number; leaseUntil: number; sleeping: boolean; stopping: boolean; delivered: number },
  ): Promise<boolean>
  removeWorker(workerId: string): Promise<void>
  /** Is somebody asleep who should be notified? */
  anySleeping(now: number): Promise<boolean>
  /**
   * Takes the claims of workers whose lease ended: queued again, flagged as possibly sent where they were dispatched (held where the
   * policy says so), failed as `quarantined` where `maxRescues` workers died with them; an attempt row for each. Tells how many.
   */
  rescue(now: number, maxRescues: number): Promise<{ workers: number; mails: number }>
  /** Mail that is past its expiry and not claimed fails as `expired`; at most `limit`. */
  expire(now: number, limit: number): Promise<number>

  restTransport(name: string, rest: { until: number; reason: string; now: number }): Promise<void>
  wakeTransport(name?: string): Promise<number>
  restingTransports(): Promise<TransportRow[]>
  pauses(): Promise<PauseRow[]>
}

export interface TransportRow {
  readonly name: string
  readonly restUntil: number | null
  readonly reason: string | null
  readonly since: number | null
  readonly faults: number
}

export interface PauseRow {
  /** '' is every stream. */
  readonly stream: string
  readonly reason: string | null
  readonly who: string | null
  readonly since: number
}

/** One mail as an operator sees it. */
export interface MailRecord {
  readonly id: string
  readonly messageId: string
  readonly state: State
  readonly reason: Reason | null
  readonly subject: string
  readonly sender: string
  readonly stream: string
  readonly tenant: string | null
  readonly priority: 'high' | 'normal' | 'low' | 'bulk'
  readonly createdAt: Date
  readonly sendAt: Date
  readonly dueAt: Date
  readonly expiresAt: Date | null
  readonly settledAt: Date | null
  readonly attempts: number
  /** Acceptances that may have been lost: after each, a second copy is possible. */
  readonly unknowns: number
  readonly onUnknown: OnUnknown
  readonly sensitive: boolean
  readonly size: number
  readonly hasBody: boolean
  readonly idempotencyKey: string | null
  readonly resentFrom: string | null
  readonly metadata: unknown
  readonly tags: readonly string[]
  readonly recipients: readonly RecipientRecord[]
}

export interface RecipientRecord {
  readonly address: string
  readonly kind: RecipientKind
  readonly state: RecipientState
  readonly code: number | null
  readonly enhanced: string | null
  readonly reply: string | null
  readonly settledAt: Date | null
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Give it as `after` to read on; undefined at the end. */
  readonly next: string | undefined
}

export type OperatorAction = 'retry' | 'cancel' | 'hold' | 'release'

/** What an operator asks of the database. Not public API. */
export interface RecordStore {
  get(id: string): Promise<MailRecord | undefined>
  /** Newest first. */
  find(filter: Filter, page: { limit: number; after?: string | undefined }): Promise<Page<MailRecord>>
  count(filter: Filter, atMost: number): Promise<number>
  attempts(id: string): Promise<AttemptRecord[]>
  /**
   * Applies to all that match, in batches: `retry` makes failed, held, cancelled and waiting mail due now (recipients that were accepted
   * stay so; rejected ones are asked again); `cancel` ends queued and held mail, and claimed mail that is not dispatched; `hold` stops
   * queued mail; `release` queues held mail. Tells how many changed.
   */
  act(action: OperatorAction, filter: Filter, now: number): Promise<number>
  pause(pause: PauseRow): Promise<void>
  /** Tells whether there was a pause. */
  resume(stream: string): Promise<boolean>
  stats(now: number): Promise<Stats>
  workers(): Promise<WorkerRow[]>
  /** Deletes finished mail settled before `before`, with everything of it; one batch of at most `limit`; tells how many. */
  purge(purge: {
    states: readonly State[]
    before: number
    streams?: readonly string[]
    exceptStreams?: readonly string[]
    limit: number
  }): Promise<number>
  /** Deletes bodies only. */
  purgeBodies(purge: {
    before: number
    streams?: readonly string[]
    exceptStreams?: readonly string[]
    limit: number
  }): Promise<number>
  /** Deletes contents that no mail uses (pinned ones only when made before `pinnedBefore`), and mail rows without a delivery made before `before`. */
  sweep(sweep: { before: number; pinnedBefore: number; limit: number }): Promise<number>
  /** Erases a person: addresses, replies, subjects, contents of finished mail to them; their suppressions become hashes. Tells how many mails. */
  forget(address: string, now: number): Promise<number>
}

export interface Stats {
  /** Number of mails by state; `sent`, `failed`, `suppressed` and `cancelled` count what is still stored. */
  readonly states: Readonly<Record<State, number>>
  readonly streams: readonly StreamStats[]
  readonly unknown: number
  /** Mails settled in the last minute and hour. */
  readonly sentLastMinute: number
  readonly sentLastHour: number
  readonly failedLastHour: number
}

export interface StreamStats {
  readonly stream: string
  /** Due now and waiting. */
  readonly due: number
  readonly scheduled: number
  readonly retrying: number
  readonly sending: number
  /** Due time of the oldest due mail. */
  readonly oldestDue: number | null
}

export interface Suppression {
  /** An address, or `@domain`. */
  readonly address: string
  /** '' is every stream. */
  readonly stream: string
  readonly reason: string
  readonly origin: string
  readonly note: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
}

export interface SuppressionStore {
  /** Adds or replaces; tells whether it is new. */
  add(suppression: Suppression): Promise<boolean>
  addMany(suppressions: readonly Suppression[]): Promise<number>
  remove(address: string, stream: string): Promise<boolean>
  list(page: {
    limit: number
    after?: string | undefined
    match?: string | undefined
  }): Promise<Page<Suppression>>
  /** The entries that stop mail to this address in this stream now. */
  check(address: string, stream: string, now: number): Promise<Suppression[]>
  purgeExpired(now: number, limit: number): Promise<number>
}

/** Everything at once, on one database. */
export interface Store extends DeliveryStore, RecordStore {
  readonly suppressions: SuppressionStore
  /** The queue's own connection, for enqueueing in a transaction of its own. */
  readonly executor: Executor
}
