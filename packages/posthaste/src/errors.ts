import { isError } from './foreign.ts'
/** Every error a user can meet: what happened, and what to do. Published in docs/reference/errors.md; codes are covered by SemVer. */
export const catalogue = {
  PH_CONFIG: {
    message: 'The configuration is not valid',
    remedy:
      'Correct the named option; docs/reference/options.md lists every option with its type and default.',
  },
  PH_NO_DATABASE: {
    message: 'No database is configured',
    remedy:
      "Pass `database` to createMailQueue (a URL such as 'postgres://…', 'mysql://…', 'sqlite:mail.db', or your own pool or handle).",
  },
  PH_DATABASE_URL: {
    message: 'The database URL cannot be read',
    remedy:
      'Use sqlite:FILE, file:FILE, postgres://USER:PASSWORD@HOST:PORT/NAME, or mysql://USER:PASSWORD@HOST:PORT/NAME.',
  },
  PH_DATABASE_HANDLE: {
    message: 'The value given as `database` is not a database that Posthaste knows',
    remedy:
      'Pass a URL, a pg Pool, a mysql2 pool, a node:sqlite DatabaseSync, a better-sqlite3 Database or a PGlite instance.',
  },
  PH_DRIVER_MISSING: {
    message: 'The driver for this database is not installed',
    remedy:
      'Install it beside posthaste: `npm install pg` for PostgreSQL, `npm install mysql2` for MySQL and MariaDB.',
  },
  PH_DATABASE_UNREACHABLE: {
    message: 'The database does not answer',
    remedy:
      'Check that the server runs and that host, port, user and password are right; `posthaste doctor` tells more.',
  },
  PH_DATABASE_BUSY: {
    message: 'The database stayed locked by others',
    remedy: 'Keep write transactions short, or look for one that was never ended; the call may be repeated.',
  },
  PH_SQLITE_LIBRARY: {
    message: 'The app has the SQLite library `sqlite3` loaded, which Posthaste cannot open a file with',
    remedy:
      'Two copies of SQLite in one process lose committed data. Call only enqueueIn() in this process and run the worker in one of its own (`posthaste work`); or use better-sqlite3 or node:sqlite. If sqlite3 is there for another file, pass a better-sqlite3 or node:sqlite handle as `database`.',
  },
  PH_DATABASE_ROLLED_BACK: {
    message: 'The database no longer knew outcomes that it had confirmed',
    remedy:
      'It was restored, or failed over to a copy that lagged. They have been recorded again: of each worker that lives, the last 1,000. Mail that was delivered before those, or by a worker that is gone, may go out a second time without a flag: look that time up in the log of the mail server.',
  },
  PH_DATABASE_VERSION: {
    message: 'This database server is too old',
    remedy: 'Posthaste needs PostgreSQL 13, MySQL 8.0, MariaDB 10.6 or SQLite 3.35, or newer.',
  },
  PH_NOT_MIGRATED: {
    message: 'The tables of Posthaste are missing or older than this version',
    remedy: 'Run `posthaste migrate` (or start the worker with --migrate) against this database.',
  },
  PH_SCHEMA_TOO_NEW: {
    message: 'The tables were made by a newer Posthaste than this one',
    remedy:
      'Upgrade posthaste in this process; versions one schema version apart work together, older ones do not.',
  },
  PH_SCHEMA_UNKNOWN: {
    message: 'The tables were made by migrations that this Posthaste does not know',
    remedy:
      'They are of a version that was never published. Send or drop what is queued, drop the tables, and run `posthaste migrate`.',
  },
  PH_MIGRATION: {
    message: 'A migration could not be applied',
    remedy: 'Nothing half-done is used; read the cause, mend it, and run `posthaste migrate` again.',
  },
  PH_MAIL_INVALID: {
    message: 'The mail is not valid',
    remedy: 'Correct the named field. Nothing was stored.',
  },
  PH_ADDRESS_INVALID: {
    message: 'An address does not parse',
    remedy: "Use 'name@example.com', 'Name <name@example.com>' or { name, address }. Nothing was stored.",
  },
  PH_NO_RECIPIENTS: {
    message: 'The mail has no recipient',
    remedy: 'Give at least one address in to, cc, bcc or envelope.to. Nothing was stored.',
  },
  PH_HEADER_INJECTION: {
    message: 'A value that becomes a header holds a line break or a NUL',
    remedy:
      'Remove it; if it came from user input, somebody may be trying to add headers. Nothing was stored.',
  },
  PH_NOT_STORABLE: {
    message: 'The mail holds something that cannot be stored',
    remedy:
      'Functions, symbols and class instances cannot be queued: pass plain data, or set it on the transport that delivers. Nothing was stored.',
  },
  PH_SECRET_IN_MAIL: {
    message: 'The mail holds a secret',
    remedy:
      'Keys and passwords (dkim, auth) are never stored: set them on the transport that delivers. Nothing was stored.',
  },
  PH_OPTION_IN_MAIL: {
    message: 'An option of Posthaste stands inside the mail',
    remedy:
      'Pass it beside the mail, in the options (with sendMail: under the key `posthaste`). Nothing was stored.',
  },
  PH_OPTION_UNKNOWN: {
    message: 'This option does not exist',
    remedy: 'Check its spelling; docs/reference/options.md lists every option.',
  },
  PH_OPTION_INVALID: {
    message: 'An option has a value that it cannot take',
    remedy:
      'Correct it: durations are milliseconds or text such as "20m", instants are a Date or ISO 8601 with an offset.',
  },
  PH_STREAM_UNKNOWN: {
    message: 'There is no stream of this name',
    remedy: 'Add it under `streams` in the configuration, or correct the name.',
  },
  PH_TRANSPORT_UNKNOWN: {
    message: 'There is no transport of this name',
    remedy: 'Add it under `transports` in the configuration, or correct the name.',
  },
  PH_PATH_REFUSED: {
    message: 'A file outside the allowed folders was named',
    remedy: 'List its folder under `attachments.roots`, or pass the content itself. Nothing was stored.',
  },
  PH_URL_REFUSED: {
    message: 'A URL was named that may not be fetched',
    remedy:
      'List its host under `attachments.hosts`, or fetch it yourself and pass the content. Nothing was stored.',
  },
  PH_CONTENT_UNREADABLE: {
    message: 'A file, URL or stream of the mail could not be read',
    remedy:
      'See the cause. A stream can be read once only, and must end within `attachments.streamTimeout`. Nothing was stored.',
  },
  PH_CONTENT_TOO_LARGE: {
    message: 'The mail is larger than the limit',
    remedy:
      'Send less, or raise `attachments.maxSize` (your mail server has a limit too). Nothing was stored.',
  },
  PH_CONTENT_MISSING: {
    message: 'Stored content that the mail refers to is not there',
    remedy: 'It was never put, or it was purged: call attachments.put() again and use the new reference.',
  },
  PH_IDEMPOTENCY_CONFLICT: {
    message: 'The idempotency key was used for a mail to other recipients, or of other content',
    remedy:
      "Use another key, or `replaces` to cancel the first mail and take over its key; other content alone is no conflict without `onConflict: 'refuse'`. Nothing was stored.",
  },
  PH_SERIALIZATION: {
    message: 'The database asks to run the transaction again',
    remedy:
      'Roll back and run the whole transaction again. Two transactions used one idempotency key; or, on SQLite, yours read before another wrote: `begin immediate` avoids that.',
  },
  PH_NO_TRANSACTION: {
    message: 'There is no open transaction on this handle',
    remedy: 'Begin one first, or use enqueue(), which makes its own.',
  },
  PH_TRANSACTION_HANDLE: {
    message: 'This is not a transaction handle that Posthaste knows',
    remedy:
      'Pass what your library gives inside a transaction: a pg client, a mysql2 connection, a node:sqlite or better-sqlite3 database, or the transaction of Kysely, Knex, Drizzle, postgres.js, TypeORM, Sequelize, MikroORM, PGlite or Prisma.',
  },
  PH_POOL_AS_TRANSACTION: {
    message: 'A pool was passed where a transaction is needed',
    remedy:
      'Pass what the library gives inside a transaction; of a pool, one connection on which a transaction was begun.',
  },
  PH_TRANSACTION_ENDED: {
    message: 'The transaction ended before the mail was stored in it',
    remedy: 'Await enqueueIn() before you commit or roll back. The mail was not queued.',
  },
  PH_WRONG_DATABASE: {
    message: "The transaction belongs to another database than the queue's",
    remedy:
      "Pass a transaction of the database that the queue was configured with, where Posthaste's tables are.",
  },
  PH_ASYNC_IN_SYNC: {
    message: 'This needs asynchronous work and cannot be done inside a synchronous transaction',
    remedy:
      'Call `const prepared = await mail.prepare(…)` before the transaction, then mail.enqueueSync(tx, prepared) inside it.',
  },
  PH_NOT_AS_SQL: {
    message: 'This mail cannot be written as SQL',
    remedy:
      "Attachments, and `onConflict: 'refuse'`, need answers from the database between the statements: use enqueueIn(), or leave them out. Nothing was stored.",
  },
  PH_NESTED_QUEUE: {
    message: 'A queue delivers into itself',
    remedy: "A transport that delivers may not be the queue's own transport(): name a real mail server.",
  },
  PH_BATCH_INVALID: {
    message: 'Some mails of the batch are not valid',
    remedy:
      "See `errors` ({ index, code, message }): correct them, or pass onInvalid: 'skip'. Nothing of their chunk was stored.",
  },
  PH_FILTER_INVALID: {
    message: 'The filter cannot be used',
    remedy: 'Give every key a value, and { all: true } if you mean every mail. Nothing was changed.',
  },
  PH_NOT_FOUND: {
    message: 'There is no mail of this id',
    remedy: 'Check the id; mails are deleted when their retention ends.',
  },
  PH_BODY_GONE: {
    message: 'The content of this mail is no longer stored',
    remedy:
      'Bodies are kept for a shorter time than the record: raise `retention.bodies` to resend older mail.',
  },
  PH_SENSITIVE: {
    message: 'This mail is sensitive: its content is shown only when asked by name',
    remedy: 'Say `content(id, { sensitive: true })` where it is meant to be seen.',
  },
  PH_TIMEOUT: {
    message: 'The mail has no outcome yet',
    remedy: 'It stays queued; ask again later, or see why it waits with `posthaste show ID`.',
  },
  PH_WORKER_STATE: {
    message: 'The worker cannot do that now',
    remedy: 'A worker is started once and stopped once; make a new one.',
  },
  PH_CLOSED: {
    message: 'The queue is closed',
    remedy: 'close() was called: make a new queue, or close later.',
  },
} as const satisfies Record<`PH_${string}`, { message: string; remedy: string }>

export type ErrorCode = keyof typeof catalogue

/**
 * What Posthaste throws: wrong use, or lost infrastructure. What a mail server says is an outcome and never thrown.
 *
 * @example
 * try { await mail.enqueue(message) } catch (error) { if (isPosthasteError(error, 'PH_ADDRESS_INVALID')) … }
 */
export class PosthasteError extends Error {
  override readonly name = 'PosthasteError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    const { message, remedy } = catalogue[code]
    super(`${message}${detail ? `: ${detail}` : ''}. ${remedy} [${code}]`, options)
    this.code = code
  }
}

/** Tells whether a value is a {@link PosthasteError}, of this code where one is given; works across copies of the package. */
export function isPosthasteError(value: unknown, code?: ErrorCode): value is PosthasteError {
  if (!isError(value) || value.name !== 'PosthasteError' || !('code' in value)) return false
  return code === undefined || value.code === code
}
