import type { QueueConfig } from '../config/queue-config.ts'
import { readFields } from '../input/fields.ts'
import { optionBorder } from '../input/reader.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { Ambient } from '../transactions/ambient.ts'
import type { OpenTransaction } from '../transactions/open-transaction.ts'
import type { PassCounts } from '../worker/budget.ts'
import { readDeliverOptions, readWorkerOptions } from '../worker/read-options.ts'
import { Worker } from '../worker/worker.ts'
import type { DeliverOptions, WorkerOptions, WorkerTools } from '../worker/worker-options.ts'
import { Attachments } from './attachments.ts'
import type { Enqueueing } from './compose-in-time.ts'
import type { Finding } from './diagnose/finding.ts'
import { type Enqueued, enqueueAlone } from './enqueue.ts'
import { enqueueIn, enqueueSync } from './enqueue-in.ts'
import { enqueueMany, enqueueManyIn } from './enqueue-many.ts'
import type { ManyItem, ManyOptions } from './in-chunks.ts'
import type { ManyResult } from './many-result.ts'
import { type QueueTransport, queueTransport } from './nodemailer-transport.ts'
import { type Prepared, prepareMail } from './prepared.ts'
import { type QueueParts, queueParts } from './queue-parts.ts'
import { QueueTables } from './queue-tables.ts'
import { readAnyId, readDiagnose, readResend, readSqlOptions, readWork } from './read-calls.ts'
import { resend } from './resend.ts'
import { type MailSql, type SqlOptions, toSql } from './to-sql.ts'
import { type Nodemailer, type QueueTransporter, transporterOf } from './transporter-of.ts'
import { askAmbient, type OuterGuard, within } from './within.ts'

export type { Worker } from '../worker/worker.ts'

/**
 * A mail queue in the app's own database. Made by `createMailQueue`; nothing connects before the first use. A class, so that NestJS and others can
 * inject by it.
 *
 * @example
 * { provide: MailQueue, useFactory: () => createMailQueue({ database: process.env.DATABASE_URL }) }
 */
export class MailQueue<Stream extends string = string> extends QueueTables<Stream> {
  readonly #parts: QueueParts
  readonly #ambient = new Ambient<OuterGuard>()
  /** Content that is stored once and used in many mails. */
  readonly attachments: Attachments

  /** What `createMailQueue` calls, which knows the names of the streams. For a class of your own that extends this one. */
  constructor(config: QueueConfig)
  /** @internal */
  constructor(config: QueueConfig, parts: QueueParts)
  constructor(config: QueueConfig, parts: QueueParts = queueParts(config)) {
    super(parts)
    this.#parts = parts
    this.attachments = new Attachments(parts)
  }

  /**
   * Stores one mail: in the transaction of `within` or `ambientTransaction` where there is one, else in one of its own.
   *
   * @throws {PH_MAIL_INVALID} {PH_ADDRESS_INVALID} {PH_NO_RECIPIENTS} {PH_HEADER_INJECTION} and whatever else the catalogue says of bad input, with nothing stored
   * @throws {PH_IDEMPOTENCY_CONFLICT} the key has a mail to other recipients; or of other content, with `onConflict: 'refuse'`
   * @example
   * await mail.enqueue({ to: 'ada@example.com', subject: 'Welcome', text: 'Hello' }, { priority: 'high' })
   */
  async enqueue(given: Mail, options: EnqueueOptions<Stream> = {}): Promise<Enqueued> {
    const tx = this.#ambientTransaction()
    const { outer } = this.#ambient
    return tx === undefined
      ? enqueueAlone(this.#queue(), given, options)
      : enqueueIn(this.#queue(), tx, { given, options, outer })
  }

  /**
   * Stores one mail in the caller's transaction: it is delivered if that commits, and never existed if it rolls back. Await it before either.
   *
   * @param tx with a transaction open: a pg client, a mysql2 connection, a node:sqlite or better-sqlite3 database, or the transaction of Kysely, Knex, Drizzle, postgres.js, TypeORM, Sequelize, MikroORM, PGlite or Prisma
   * @throws {PH_NO_TRANSACTION} {PH_POOL_AS_TRANSACTION} {PH_TRANSACTION_HANDLE} {PH_WRONG_DATABASE} {PH_TRANSACTION_ENDED} what was passed is not that
   * @throws {PH_SERIALIZATION} the transaction must be run again
   */
  async enqueueIn(
    tx: OpenTransaction,
    given: Mail | Prepared,
    options: EnqueueOptions<Stream> = {},
  ): Promise<Enqueued> {
    return enqueueIn(this.#queue(), tx, { given, options })
  }

  /** Stores many mails, in chunks, each with one set of statements. @throws {PH_BATCH_INVALID} with `errors` */
  async enqueueMany(
    items: Iterable<ManyItem<Stream>> | AsyncIterable<ManyItem<Stream>>,
    options: ManyOptions = {},
  ): Promise<ManyResult> {
    const tx = this.#ambientTransaction()
    return tx === undefined
      ? enqueueMany(this.#queue(), items, options)
      : enqueueManyIn(this.#queue(), tx, { items, options, outer: this.#ambient.outer })
  }

  /** The same in the caller's transaction. */
  async enqueueManyIn(
    tx: OpenTransaction,
    items: Iterable<ManyItem<Stream>> | AsyncIterable<ManyItem<Stream>>,
    options: ManyOptions = {},
  ): Promise<ManyResult> {
    return enqueueManyIn(this.#queue(), tx, { items, options })
  }

  /** Reads and renders a mail before the transaction, so that storing it needs no waiting. */
  async prepare(given: Mail, options: EnqueueOptions<Stream> = {}): Promise<Prepared> {
    return prepareMail(this.#queue(), given, options)
  }

  /** Stores a prepared mail in a synchronous transaction (node:sqlite, better-sqlite3) before it returns. */
  enqueueSync(tx: OpenTransaction, prepared: Prepared): Enqueued {
    return enqueueSync(this.#queue(), tx, prepared)
  }

  /**
   * Writes a mail as SQL for a tool whose transaction `enqueueIn` does not know: run all statements, in order, in one transaction of the
   * queue's database, each once. Nothing is stored before you do. In a transaction that commits after the last one the mail is delivered.
   * Where its idempotency key already has a mail, that mail stays and nothing is stored, even if content or recipients differ.
   *
   * @throws {PH_NOT_AS_SQL} it has attachments, or `onConflict: 'refuse'`
   * @example
   * const { statements } = await mail.toSQL({ to: order.email, subject: 'Your order', text })
   * for (const { sql, params } of statements) await tx.raw(sql, params)
   */
  async toSQL(given: Mail, options: EnqueueOptions<Stream> & SqlOptions = {}): Promise<MailSql> {
    const { placeholders, ...own } = readFields(options, optionBorder)
    return toSql(this.#queue(), given, { options: own, ...readSqlOptions({ placeholders }) })
  }

  /**
   * Whatever is enqueued or sent inside `work`, however deep, joins `tx`, which is open already. What outlives `work` is rejected with
   * `PH_TRANSACTION_ENDED`, and with `PH_ASYNC_IN_SYNC` where a synchronous transaction did not wait for it.
   *
   * @throws {PH_POOL_AS_TRANSACTION} {PH_TRANSACTION_HANDLE} {PH_NO_TRANSACTION} {PH_TRANSACTION_ENDED} `tx` is no open transaction; `work` was not called
   * @example
   * await mail.within(tx, () => auth.signUp(user)) // a library that calls sendMail somewhere inside
   */
  within<T>(tx: OpenTransaction, work: () => T | Promise<T>): Promise<T> {
    return within(this.#queue(), { ambient: this.#ambient, tx }, work)
  }

  /** Leaves the transaction of `within` and `ambientTransaction` again. */
  outside<T>(work: () => T): T {
    return this.#ambient.outside(readWork(work))
  }

  /**
   * What `createTransport` of Nodemailer 6 to 10 takes: a transport that queues. Options of the queue go under the message's key `posthaste`, of which
   * Nodemailer's types know nothing; those of {@link MailQueue.transporter} do.
   */
  transport(defaults: EnqueueOptions<Stream> = {}): QueueTransport {
    return queueTransport(
      {
        enqueue: (given, options) => this.enqueue(given, options as EnqueueOptions<Stream>),
        check: () => this.verify(),
      },
      defaults,
    )
  }

  /**
   * A transporter of the app's own Nodemailer, 6 to 10, which queues: its `sendMail` takes `posthaste`, and its answer has the mail's `id`.
   *
   * @throws {PH_OPTION_INVALID} what was given has no `createTransport`
   * @example
   * const transporter = mail.transporter(nodemailer)
   * const { id } = await transporter.sendMail({ to, subject, text, posthaste: { priority: 'high' } })
   */
  transporter<Made extends object>(
    nodemailer: Nodemailer<Made>,
    defaults: EnqueueOptions<Stream> = {},
  ): QueueTransporter<Made, Stream> {
    return transporterOf(nodemailer, this.transport(defaults)) as QueueTransporter<Made, Stream>
  }

  /** A worker that delivers this queue's mail in this process, once it is started. */
  worker(options: WorkerOptions<Stream> = {}): Worker {
    return new Worker(this.#tools(), readWorkerOptions(options, this.#parts.settings().streams))
  }

  /** Delivers what is due now, once, and gives the counts; for cron and serverless. */
  async deliverDue(options: DeliverOptions<Stream> = {}): Promise<PassCounts> {
    const { deliverOnce } = await import('../worker/pass.ts')
    const { capture, ...pass } = readDeliverOptions(options, this.#parts.settings().streams)
    const tools = this.#tools()
    return deliverOnce(
      capture ? { ...tools, settings: { ...tools.settings, delivery: 'capture' } } : tools,
      pass,
    )
  }

  /** Sends the content of a mail once more, as a new mail, to the same people or to others. @throws {PH_NOT_FOUND} {PH_BODY_GONE} */
  async resend(id: string, options: { to?: string | readonly string[] | undefined } = {}): Promise<Enqueued> {
    return resend(this.#queue(), readAnyId(id), readResend(options).to)
  }

  /**
   * Looks at database, tables, clocks, transports, workers and streams: what is wrong, and how to mend it.
   *
   * @param options.sendTest an address to which a mail is queued and delivered at once
   */
  async diagnose(options: { sendTest?: string | undefined } = {}): Promise<Finding[]> {
    const { sendTest } = readDiagnose(options)
    const { diagnose } = await import('./diagnose/diagnose.ts')
    return diagnose(this, this.#parts, sendTest)
  }

  /** Stops this queue's workers and passes, as their stop() does, then closes its own connections; the app's own pool stays open. */
  async close(): Promise<void> {
    await this.#parts.connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #queue(): Enqueueing {
    const { settings, clock, connection } = this.#parts
    return { settings: settings(), clock, connection }
  }

  #tools(): WorkerTools {
    return { ...this.#queue(), clock: this.#parts.clock, random: Math.random }
  }

  #ambientTransaction(): OpenTransaction | undefined {
    const tx = this.#ambient.current() as OpenTransaction | undefined
    return tx ?? (this.#ambient.isOutside ? undefined : askAmbient(this.#parts.settings()))
  }
}
