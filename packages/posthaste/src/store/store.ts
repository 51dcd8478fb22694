import type { Stoppage } from '../age.ts'
import type { Executor } from '../connections/database.ts'
import type { LateDate } from '../mail/late-date.ts'
import type { OnUnknown, RecipientKind, RecipientState } from '../mail/mail.ts'
import type { SmtpParameters } from '../mail/smtp-parameters.ts'
import type { RetryPolicy } from '../retry.ts'
import type { Settlement } from '../settle.ts'
import type { RecordStore } from './record-store.ts'
import type { RefusalStore } from './refusal-store.ts'
import type { AttemptRecord, PauseRow, TransportRow, WorkerRow } from './stored-records.ts'
import type { SuppressionStore } from './suppression-store.ts'

export type {
  Acted,
  MailRecord,
  OperatorAction,
  RecipientRecord,
  RecordStore,
  Resolution,
  Stats,
  StreamStats,
  Superseded,
} from './record-store.ts'
export type { Proven, RefusalStore, WaitingRefusals } from './refusal-store.ts'
export type { AttemptRecord, Page, PauseRow, TransportRow, WorkerRow } from './stored-records.ts'
export type { Suppression, SuppressionStore } from './suppression-store.ts'

/** A delivery leased to one worker under a fencing token, with what is needed to send it. */
export interface Claim {
  readonly mailId: string
  readonly token: number
  readonly stream: string
  readonly tenant: string | null
  readonly lane: number
  readonly attempts: number
  readonly unknowns: number
  /** Workers that died while they held it. */
  readonly rescues: number
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
  readonly smtp: SmtpParameters | null
  readonly recipients: readonly ClaimedRecipient[]
  /** Rendered MIME where it was stored and is no larger than {@link inlineUpTo} lets it be. */
  readonly mime: Buffer | null
  /** Its size where it is stored, inline or not. */
  readonly mimeSize: number | null
  /** Columns that were edited to what cannot be read. No worker gets such a claim. */
  readonly faults?: readonly string[]
}

const most = { each: 64 * 1024, together: 1024 * 1024 }

/**
 * Bytes of MIME that come with each of so many claims. An answer must fit into the sockets. Otherwise a worker that is
 * stopped while the answer is sent keeps its locks, and no other worker can take the mail over (seen with 40 mails of
 * 60 KB).
 */
export function inlineUpTo(claims: number): number {
  return Math.min(most.each, Math.floor(most.together / Math.max(1, claims)))
}

/** A claim by what names it. */
export type ClaimRef = Pick<Claim, 'mailId' | 'token'>

export interface ClaimedRecipient {
  readonly seq: number
  readonly address: string
  readonly kind: RecipientKind
  /** `suppressed` where the suppression list has it by now. */
  readonly state: RecipientState
}

export interface ClaimRequest {
  readonly streams: readonly string[]
  /** In the order of preference. */
  readonly lanes: readonly number[]
  readonly limit: number
  /** Where to begin in a lane: what was due earlier is passed over. @default at its beginning */
  readonly from?: Bookmarked | undefined
  /** As many as are wanted of those that were due last by then; `from` does not count. Milliseconds since 1970. */
  readonly lastOf?: number | undefined
}

export interface Settling {
  readonly settlement: Settlement
  readonly attempt: AttemptRecord | null
}

/** An acceptance that the database has confirmed as settled. */
export interface Confirmed extends Settling {
  readonly attempt: AttemptRecord
  /** Under which it was claimed. */
  readonly workerId: string
  /** The worker is at this mail again: whatever claim there is, it is another. */
  readonly isHeld: boolean
}

/**
 * What became of a settlement. `settled`: it was applied. `stale`: the claim had been taken away, and nothing was
 * changed. `recorded`: it was a stale acceptance, and another worker had dispatched the mail, so it was recorded and
 * flagged as a possible second copy.
 */
export type SettleVerdict = 'settled' | 'stale' | 'recorded'

export interface Turned {
  readonly verdicts: SettleVerdict[]
  readonly claims: Claim[]
  /** Claimed, and failed as `unreadable` at once. */
  readonly unreadable: readonly Claim[]
}

export interface Turn {
  readonly workerId: string
  readonly now: number
  readonly settle: readonly Settling[]
  readonly claim: readonly ClaimRequest[]
  /** Claims are made among these mails only; none of them when it is empty. */
  readonly ids?: readonly string[] | undefined
}

/** What a worker asks of the database. Every time is given, none is taken from the database's clock. Not public API. */
export interface DeliveryStore {
  /**
   * One short transaction: what is done is settled, each only while its token holds, and free slots are filled with due
   * mail (not of paused streams), leased to this worker. A claim of mail whose policy is `retry` is its dispatch too.
   * Mail with a policy of `hold` is dispatched by {@link DeliveryStore.dispatch}. Claims come in lane order, then by
   * due time. Requests that look in the same lane of the same stream may get less than they asked for.
   */
  turn(turn: Turn): Promise<Turned>
  /** The durable mark before the body of a held-when-unknown mail leaves; false where the claim is lost. */
  dispatch(mailId: string, token: number, now: number): Promise<boolean>
  /**
   * Replaces the document of a mail that goes for the first time, and drops its rendered MIME; false where the claim is
   * lost, or where an attempt was made until `freshUntil`: its bytes may have arrived.
   */
  dateAnew(claim: ClaimRef, late: LateDate): Promise<boolean>
  /** Gives claims back as if they had never been made. */
  returnClaims(claims: readonly ClaimRef[], dueAt: number): Promise<void>
  /**
   * Gives back what the database holds for this worker and the worker does not know of: to be called after a {@link
   * DeliveryStore.turn} that threw, for it may have been committed. Tells how many.
   */
  returnLostClaims(workerId: string, lost: { held: readonly ClaimRef[]; dueAt: number }): Promise<number>
  /**
   * Settles once more those of these acceptances that are no longer written, because the database was restored or
   * failed over to a copy that lagged; where the mail has been dispatched again since, it is flagged. Gives the ids of
   * those mails.
   */
  settleForgotten(confirmed: readonly Confirmed[], now: number): Promise<string[]>
  /** When the earliest queued mail of these streams is due; undefined where there is none. */
  nextDue(streams: readonly string[]): Promise<number | undefined>
  /** The stored MIME that was too large to come with the claim. */
  mime(mailId: string): Promise<Buffer | null>
  /** The structured mail and the ids of its contents; undefined where the body is gone. */
  document(mailId: string): Promise<{ document: Buffer; contents: readonly string[] } | undefined>
  /** One chunk of a content; undefined past the end. */
  chunk(contentId: string, seq: number): Promise<Buffer | undefined>

  registerWorker(worker: WorkerRow): Promise<void>
  /** Extends the lease. False where another worker has declared this one dead: it must take a new identity. */
  beat(
    workerId: string,
    beat: {
      now: number
      leaseUntil: number
      sleeping: boolean
      stopping: boolean
      delivered: number
      ownFault: string | null
    },
  ): Promise<boolean>
  removeWorker(workerId: string): Promise<void>
  /** Does a worker sleep that should be notified? */
  anySleeping(now: number): Promise<boolean>
  /**
   * Takes the claims of workers whose lease ended: queued again, flagged as possibly sent where they were dispatched
   * (held where the policy says so), failed as `crashed-workers` where `maxRescues` workers died with them; an attempt
   * row for each. Tells how many.
   */
  rescue(now: number, maxRescues: number): Promise<{ workers: number; mails: number }>
  /** Queued mail of these streams whose due time cannot be read fails as `unreadable`; at most `limit`. */
  failUndue(streams: readonly string[], now: number, limit: number): Promise<number>
  /** Mail that is past its expiry and not claimed fails as `expired`; at most `limit`. */
  expire(now: number, limit: number): Promise<number>

  backOffTransport(name: string, terms: { until: number; reason: string; now: number }): Promise<void>
  resumeTransport(name?: string): Promise<number>
  /** Those that are to be believed. */
  transportBackoffs(now: number): Promise<TransportRow[]>
  /** Those that are on. */
  pauses(): Promise<PauseRow[]>
  /** What of the age of a mail does not count: how long it was held or had ended, and the pauses of its stream. */
  keptBack(mail: Pick<Claim, 'mailId' | 'stream'>, now: number): Promise<KeptBack>
}

export interface KeptBack {
  readonly idleMs: number
  /** Those that are over, too. */
  readonly pauses: readonly Stoppage[]
}

/** Everything at once, on one database. */
export interface Store extends DeliveryStore, RecordStore {
  readonly suppressions: SuppressionStore
  readonly refusals: RefusalStore
  /** The queue's own connection, for enqueueing in a transaction of its own. */
  readonly executor: Executor
}

/** A due time for a lane of a stream. */
export type Bookmarked = ReadonlyMap<string, number>

export function bookmarkKey(stream: string, lane: number): string {
  return `${lane} ${stream}`
}
