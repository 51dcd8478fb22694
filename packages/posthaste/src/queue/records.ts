import { latestBelieved } from '../clock.ts'
import type { MailRecord } from '../store/record-store.ts'
import type {
  AttemptRecord as AttemptRow,
  PauseRow,
  Stats as StatsRow,
  Suppression as SuppressionRow,
  TransportRow,
  WorkerRow,
} from '../store/store.ts'
import type { Brake } from './brakes.ts'

export type { Acted, MailRecord, RecipientRecord, Resolution, Superseded } from '../store/record-store.ts'
export type { Page } from '../store/stored-records.ts'
export type { Brake } from './brakes.ts'

// What the API returns, and, by JSON.stringify, the JSON that scripts read (SemVer covers it): so every field is listed, none is spread.

/** One line of a mail's history. */
export interface Attempt {
  /** Counted from 1; 0 where no transport was asked, as when a person resolved a doubt. */
  readonly attempt: number
  readonly startedAt: Date
  /** How long it took, in milliseconds. */
  readonly ms: number
  /** The worker's name, or who decided. */
  readonly worker: string
  readonly transport: string
  /** A verdict, `refused` (not proven), `partial` where recipients differ, `fault`, `died` (its worker did), `proven` or `by-hand`. */
  readonly outcome: string
  /** Of SMTP, or the HTTP status of an API. */
  readonly code: number | null
  /** RFC 3463, such as `5.1.1`. */
  readonly enhanced: string | null
  readonly reply: string | null
  /** Nodemailer's or the system's, such as `ECONNECTION`. */
  readonly errorCode: string | null
  /** Host and address that answered. */
  readonly remote: string | null
  /** Protocol and cipher; null where the line was plain. */
  readonly tls: string | null
  readonly serverMessageId: string | null
  /** What was said of each recipient. */
  readonly recipients: readonly AttemptRecipient[]
}

export interface AttemptRecipient {
  readonly address: string
  readonly verdict: string
  readonly code?: number
  readonly enhanced?: string
  readonly text?: string
}

/** A worker of this queue, in whatever process it runs. */
export interface WorkerInfo {
  readonly id: string
  readonly name: string
  /** Of the package. */
  readonly version: string
  /** Null: every stream that is configured. */
  readonly streams: readonly string[] | null
  readonly concurrency: number
  /** Mails since it started. */
  readonly delivered: number
  /** Whether its lease runs, by the database's clock. */
  readonly alive: boolean
  readonly sleeping: boolean
  readonly stopping: boolean
  /** What its own machine lacks for a transport, such as room on its disk; null where nothing is known. */
  readonly ownFault: string | null
  readonly startedAt: Date
  readonly heartbeatAt: Date
  readonly leaseUntil: Date
}

/** A stop of delivery that an operator asked for. */
export interface Pause {
  /** Null: every stream. */
  readonly stream: string | null
  readonly reason: string | null
  readonly who: string | null
  readonly since: Date
}

/** How a transport fares, for all workers. */
export interface TransportState {
  readonly name: string
  readonly state: 'ready' | 'backing-off' | 'braked'
  /** Until when it backs off; null where it is ready. */
  readonly until: Date | null
  /** The last fault, or what the operator said. */
  readonly reason: string | null
  /** Since when it has backed off, again and again; null where nothing was wrong lately. */
  readonly since: Date | null
  /** Faults since then. */
  readonly faults: number
  /** What of its mail is braked. */
  readonly brakes: readonly Brake[]
}

/** An entry of the suppression list. */
export interface Suppression {
  /** An address, or `@domain`. */
  readonly address: string
  /** Null: every stream. */
  readonly stream: string | null
  /** Null: every tenant. */
  readonly tenant: string | null
  readonly reason: string
  /** Who said so. */
  readonly origin: string
  readonly note: string | null
  readonly createdAt: Date
  /** Null: never. */
  readonly expiresAt: Date | null
}

/** How much mail there is. */
export interface Stats {
  /** When this was read, by the database's clock. */
  readonly at: Date
  /** Mails by state; `sent`, `failed`, `suppressed` and `cancelled` count what is still stored. */
  readonly states: StatsRow['states']
  /** Streams with unfinished mail. */
  readonly streams: readonly StreamStats[]
  /** Stored mails that may have left twice. */
  readonly unknown: number
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
  readonly oldestDueAt: Date | null
}

/** The subject of sensitive mail is not shown, by any face. */
export function mailAsJson(mail: MailRecord): MailRecord {
  return { ...mail, subject: shownSubject(mail) }
}

export function shownSubject({ sensitive, subject }: Pick<MailRecord, 'sensitive' | 'subject'>): string {
  return sensitive ? '(sensitive)' : subject
}

export function attemptOf(row: AttemptRow): Attempt {
  return {
    attempt: row.attempt,
    startedAt: new Date(row.startedAt),
    ms: row.ms,
    worker: row.worker,
    transport: row.transport,
    outcome: row.outcome,
    code: row.code,
    enhanced: row.enhanced,
    reply: row.reply,
    errorCode: row.errorCode,
    remote: row.remote,
    tls: row.tls,
    serverMessageId: row.serverMessageId,
    recipients: row.recipients,
  }
}

export function workerOf(row: WorkerRow, now: number): WorkerInfo {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    streams: row.streams,
    concurrency: row.concurrency,
    delivered: row.delivered,
    alive: row.leaseUntil > now && row.leaseUntil <= latestBelieved(now),
    sleeping: row.sleeping,
    stopping: row.stopping,
    ownFault: row.ownFault,
    startedAt: new Date(row.startedAt),
    heartbeatAt: new Date(row.heartbeatAt),
    leaseUntil: new Date(row.leaseUntil),
  }
}

export function pauseOf({ stream, reason, who, since }: PauseRow): Pause {
  return { stream: stream || null, reason, who, since: new Date(since) }
}

export function transportOf(
  { name, backoffUntil, reason, since, faults }: TransportRow,
  { now, brakes }: { now: number; brakes: readonly Brake[] },
): TransportState {
  const until = backoffUntil !== null && backoffUntil > now ? new Date(backoffUntil) : null
  const own = brakes.filter(({ transport }) => transport === name)
  const isBraked = own.some(({ scope }) => scope === 'transport')
  const state = isBraked ? 'braked' : until ? 'backing-off' : 'ready'
  return { name, state, until, reason, since: dateOrNull(since), faults, brakes: own }
}

export function suppressionOf(row: SuppressionRow): Suppression {
  return {
    address: row.address,
    stream: row.stream || null,
    tenant: row.tenant || null,
    reason: row.reason,
    origin: row.origin,
    note: row.note,
    createdAt: new Date(row.createdAt),
    expiresAt: dateOrNull(row.expiresAt),
  }
}

export function statsOf(row: StatsRow, now: number): Stats {
  return {
    at: new Date(now),
    states: row.states,
    streams: row.streams.map(({ oldestDue, stream, due, scheduled, retrying, sending }) => ({
      stream,
      due,
      scheduled,
      retrying,
      sending,
      oldestDueAt: dateOrNull(oldestDue),
    })),
    unknown: row.unknown,
    sentLastMinute: row.sentLastMinute,
    sentLastHour: row.sentLastHour,
    failedLastHour: row.failedLastHour,
  }
}

function dateOrNull(at: number | null): Date | null {
  return at === null ? null : new Date(at)
}
