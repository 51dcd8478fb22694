import type { Filter } from '../filter.ts'
import type { OnUnknown, Reason, RecipientKind, RecipientState, State } from '../mail/mail.ts'
import type { AttemptRecord, Page, PauseRow, WorkerRow } from './stored-records.ts'

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
  /** When it was first refused, where that may be the transport's fault and the mail waits for a proof; else null. */
  readonly refusedAt: Date | null
  readonly sensitive: boolean
  readonly size: number
  readonly hasBody: boolean
  readonly idempotencyKey: string | null
  readonly resentFrom: string | null
  readonly metadata: unknown
  readonly tags: readonly string[]
  readonly recipients: readonly RecipientRecord[]
  /** Columns that were edited to what cannot be read; other values stand for them. */
  readonly unreadable: readonly string[]
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

export type OperatorAction = 'retry' | 'cancel' | 'hold' | 'release'

/** A mail that stays as it is because another mail holds its idempotency key. */
export interface Superseded {
  readonly id: string
  readonly idempotencyKey: string
  /** The id of the mail that holds the key now. */
  readonly holder: string
}

/** What became of all that an action was asked for. */
export interface Acted {
  /** How many were changed. */
  readonly changed: number
  /** Mails that were left alone; the others went on. */
  readonly superseded: readonly Superseded[]
}

/** What a person has found out of a mail whose outcome is unknown. */
export type Resolution = 'arrived' | 'retry'

/** What an operator asks of the database. Not public API. */
export interface RecordStore {
  get(id: string): Promise<MailRecord | undefined>
  /** Newest first. */
  find(filter: Filter, page: { limit: number; after?: string | undefined }): Promise<Page<MailRecord>>
  count(filter: Filter, atMost: number): Promise<number>
  attempts(id: string): Promise<AttemptRecord[]>
  /**
   * Applies to all that match, in batches: `retry` makes failed, held, cancelled and waiting mail due now (recipients
   * that were accepted stay so; rejected ones are asked again); `cancel` ends queued and held mail, and claimed mail
   * that is not dispatched; `hold` stops queued mail; `release` queues held mail. `retry` and `release` leave mail
   * alone whose key another mail holds.
   */
  act(action: OperatorAction, filter: Filter, now: number): Promise<Acted>
  /** Mail that waits because one of these transports failed it, or began to back off before it, is due now. */
  makeWaitingDue(transports: readonly string[], now: number): Promise<number>
  /**
   * Ends the doubt about flagged mail that is not under way, in batches, with a line of history that says who decided.
   * `arrived`: the recipients in doubt are accepted, in held, queued, failed and cancelled mail; `retry`: held and
   * queued mail is due now, but for mail whose key another mail holds.
   */
  resolve(
    resolution: Resolution,
    filter: Filter,
    by: { readonly who: string | null; readonly now: number },
  ): Promise<Acted>
  pause(pause: PauseRow): Promise<void>
  /** Tells whether there was a pause. */
  resume(stream: string, now: number): Promise<boolean>
  stats(now: number): Promise<Stats>
  /** Why the database takes no writes; undefined where it does. */
  whyUnwritable(): Promise<string | undefined>
  workers(): Promise<WorkerRow[]>
  /**
   * Deletes finished mail settled before `before`, with everything of it; one batch of at most `limit`; tells how many.
   */
  purge(purge: {
    states: readonly State[]
    before: number
    streams?: readonly string[]
    exceptStreams?: readonly string[]
    limit: number
  }): Promise<number>
  /**
   * Deletes all finished mail that matches and was settled before `before`, in batches; `dryRun` only counts. Gives how
   * many.
   */
  purgeMatching(purge: { filter: Filter; before: number; dryRun: boolean }): Promise<number>
  /** Deletes bodies only. */
  purgeBodies(purge: {
    before: number
    streams?: readonly string[]
    exceptStreams?: readonly string[]
    limit: number
  }): Promise<number>
  /**
   * Deletes contents that no mail uses (pinned ones only when made before `pinnedBefore`), and mail rows without a
   * delivery made before `before`.
   */
  sweep(sweep: { before: number; pinnedBefore: number; limit: number }): Promise<number>
  /**
   * Erases a person: addresses, replies, subjects, contents of finished mail to them; their suppressions become hashes.
   * Tells how many mails.
   */
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
