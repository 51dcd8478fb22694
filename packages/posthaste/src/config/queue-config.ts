import type { Duration } from '../input/time.ts'
import type { Limit } from '../limit.ts'
import type { Mail, OnUnknown, Priority } from '../mail/mail.ts'
import type { RetryOptions } from '../retry.ts'
import type { TransportConfig } from '../transports/create-transport.ts'
import type { Redirect } from '../transports/redirect.ts'
import type { RouteAnswer, RouteQuestion } from './route.ts'

export type { Limit, Redirect, RetryOptions }

/** What `createMailQueue` takes. Nothing is read, connected or checked before the first use. */
export interface QueueConfig<Stream extends string = string, Transport extends string = string> {
  /**
   * A URL (`sqlite:`, `file:`, `postgres:`, `postgresql:`, `mysql:`, `mariadb:`), or the app's own: a pg Pool, a mysql2 pool, a node:sqlite
   * DatabaseSync, a better-sqlite3 Database, a PGlite instance. Undefined is an error at first use, never a silent file.
   */
  database: unknown
  /** Fields that every mail starts from, such as `from`; a mail's own fields win. @default {} */
  defaults?: Mail | undefined
  /**
   * Ways out, by name: an SMTP URL, SMTP options, or any Nodemailer transporter.
   * @default { default: … } made of POSTHASTE_SMTP_URL by the command line; none otherwise
   */
  transports?: Readonly<Record<Transport, TransportConfig | undefined>> | undefined
  /** Named classes of mail. A stream named `default` sets what mail without a stream gets. @default {} */
  streams?: Readonly<Record<Stream, StreamConfig<NoInfer<Transport>>>> | undefined
  /**
   * Chooses the transport. Asked once for all mail of a stream and tenant, first attempts and later ones apart; asked again after the time of its
   * answer, and when a transport begins or ends to back off. It may take 10 seconds; where it fails, that mail waits and is asked for again.
   * @default each stream's transport
   * @example
   * route: async ({ tenant }) => (tenant === null ? undefined : { name: `smtp-${tenant}`, smtp: await serverOf(tenant) })
   */
  route?:
    | ((
        question: RouteQuestion,
      ) => RouteAnswer<NoInfer<Transport>> | Promise<RouteAnswer<NoInfer<Transport>>>)
    | undefined
  /** When deferred mail is tried again; streams and mails may say otherwise. @default as each of its members says */
  retry?: RetryOptions | undefined
  /** How long finished mail is kept. @default as each of its members says */
  retention?: RetentionOptions | undefined
  /** Whose mail a suppression stops that is `bounced`: that of `all`, or of its `tenant` only, where each has a transport of its own. @default 'all' */
  bounces?: 'all' | 'tenant' | undefined
  /**
   * `enqueue`: mail of up to 256 KB is rendered once, when it is queued, and the worker only streams bytes; `deliver`: the worker renders.
   * @default 'enqueue'
   */
  render?: 'enqueue' | 'deliver' | undefined
  /** `live`; `capture`: everything is kept and shown, nothing is sent; or every recipient rewritten. @default 'live' */
  delivery?: 'live' | 'capture' | Redirect | undefined
  /** What a mail may name instead of holding it, and how large it may be. @default as each of its members says */
  attachments?: AttachmentOptions | undefined
  /** PostgreSQL: the schema of the tables. @default 'posthaste' */
  schema?: string | undefined
  /** MySQL, MariaDB, SQLite: the prefix of the tables. @default 'posthaste_' */
  prefix?: string | undefined
  /**
   * For apps that carry their transaction in AsyncLocalStorage: every enqueue without a handle joins what this returns; null or undefined is no
   * transaction. `within` comes before it. @default none: such an enqueue makes its own
   */
  ambientTransaction?: (() => unknown) | undefined
  /** May overrule what an error means; undefined leaves it as it is. @default nothing is overruled */
  classify?:
    | ((
        error: unknown,
        mail: { id: string; messageId: string; stream: string; attempt: number },
      ) => 'deferred' | 'rejected' | 'transport' | undefined)
    | undefined
  /** Receives what happens, in pino's order; addresses are masked, bodies never appear. @default silent */
  logger?: ((object: Record<string, unknown>, message: string) => void) | undefined
  /** The host in generated Message-IDs where the sender has none. @default the system's host name */
  hostname?: string | undefined
}

export interface StreamConfig<Transport extends string = string> {
  /** The transport's name; what `route` answers comes before it. @default the transport named `default`, else the only one */
  transport?: Transport | undefined
  /** Of mail whose options name none. @default the mail's own `priority` header, else 'normal' */
  priority?: Priority | undefined
  /** Mail not sent within this time fails as `expired`. @default never */
  expiresIn?: Duration | undefined
  /** What it leaves open is the queue's. @default the queue's */
  retry?: RetryOptions | undefined
  /** How fast one worker may send mail of this stream. @default no limit */
  limit?: Limit | undefined
  /** What follows when the body was handed over and no answer came. @default 'retry' (RFC 5321 §3.8, §4.5.4.1) */
  onUnknown?: OnUnknown | undefined
  /** What it leaves open is the queue's. @default the queue's */
  retention?: RetentionOptions | undefined
}

export interface RetentionOptions {
  /** Sent mail, with its history. @default '30d' */
  sent?: Duration | 'forever' | undefined
  /** Failed, suppressed and cancelled mail. @default '90d' */
  failed?: Duration | 'forever' | undefined
  /** The content of finished mail; the record outlives it. @default '7d' */
  bodies?: Duration | 'forever' | undefined
}

export interface AttachmentOptions {
  /** Folders whose files may be named in `path`. @default [] (none) */
  roots?: readonly string[] | undefined
  /** Hosts whose URLs may be named in `href` and `path`. @default [] (none) */
  hosts?: readonly string[] | undefined
  /** Bytes of a mail's content, all in all. @default 52_428_800 (50 MB) */
  maxSize?: number | undefined
  /** How long a URL may take. @default '30s' */
  fetchTimeout?: Duration | undefined
  /** How long a stream or a file may take to come to its end. @default '2m' */
  streamTimeout?: Duration | undefined
}
