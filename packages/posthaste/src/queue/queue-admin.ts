import { PosthasteError } from '../errors.ts'
import { checkFilter, type Filter } from '../filter.ts'
import type { Duration } from '../input/time.ts'
import { superseded } from '../store/add/superseded.ts'
import { checkSchema } from '../store/migrate.ts'
import type { Acted, MailRecord, OperatorAction, Resolution, Store } from '../store/store.ts'
import type { OpenTransaction } from '../transactions/open-transaction.ts'
import { checkStream } from './check-stream.ts'
import { type Health, type HealthOptions, healthOf, unwritableProblem } from './health.ts'
import { MailReader } from './mail-reader.ts'
import { type PurgeOptions, purge } from './purge.ts'
import type { QueueParts } from './queue-parts.ts'
import {
  readActing,
  readAnyId,
  readBy,
  readHealth,
  readPause,
  readResolution,
  readSettled,
  readStream,
} from './read-calls.ts'
import { type Stats, statsOf } from './records.ts'
import { settled } from './settled.ts'
import { storeIn } from './store-in.ts'
import { Suppressions, suppressionKey } from './suppressions.ts'
import { Transports } from './transports.ts'

interface Reporting {
  report?: boolean | undefined
}

function asAsked(acted: Acted, { report }: { report: boolean }): number | Acted {
  return report ? acted : acted.changed
}

/** @throws {PH_SUPERSEDED} one mail alone is named */
function refuseOne({ id }: Filter, { superseded: [first] }: Acted): void {
  if (first && id !== undefined && new Set([id].flat()).size === 1) throw superseded(first)
}

/** The half of the queue that an operator uses: finding mail, steering it, and seeing how it flows. */
export class QueueAdmin<Stream extends string = string> extends MailReader {
  readonly #parts: QueueParts
  /** The suppression list. */
  readonly suppressions: Suppressions
  /** The transports: how they fare, and letting one back off. */
  readonly transports: Transports

  /** @internal */
  constructor(parts: QueueParts) {
    super(async () => (await parts.connection.ready()).store)
    this.#parts = parts
    this.suppressions = new Suppressions(parts)
    this.transports = new Transports(parts)
  }

  /** The names of the streams that are configured, `default` among them. @throws {PH_CONFIG} */
  get streams(): readonly (Stream | 'default')[] {
    return [...this.#parts.settings().streams.keys()] as (Stream | 'default')[]
  }

  /** Reads mail as an open transaction sees it: what was enqueued in it too. @throws {PH_TRANSACTION_HANDLE} */
  readIn(tx: OpenTransaction): MailReader {
    return new MailReader(async () => storeIn(await this.#parts.connection.ready(), tx))
  }

  /** Waits for one mail's outcome: sent, failed, suppressed, cancelled or held. @throws {PH_TIMEOUT} {PH_NOT_FOUND} */
  async settled(id: string, options: { timeout?: Duration | undefined } = {}): Promise<MailRecord> {
    const [read, { timeout }] = [readAnyId(id), readSettled(options)]
    return settled(await this.#store(), read, { timeout, clock: this.#parts.clock })
  }

  /**
   * Makes failed, held, cancelled and waiting mail due now; tells how many. Recipients that were accepted are not asked again. Mail whose
   * idempotency key another mail holds now is superseded and left alone, while the others go on.
   *
   * @param options.report tells of the superseded mails, too
   * @throws {PH_SUPERSEDED} one mail alone is named, and it is superseded: by which mail, is said
   * @throws {PH_FILTER_INVALID}
   */
  retry(filter: Filter, options?: { report?: false | undefined }): Promise<number>
  retry(filter: Filter, options: { report: true }): Promise<Acted>
  async retry(filter: Filter, options: Reporting = {}): Promise<number | Acted> {
    return asAsked(await this.#act('retry', filter), readActing(options))
  }

  /** Ends mail that is not under way; tells how many. @throws {PH_FILTER_INVALID} */
  async cancel(filter: Filter): Promise<number> {
    return (await this.#act('cancel', filter)).changed
  }

  /** Keeps queued mail from going until it is released; tells how many. @throws {PH_FILTER_INVALID} */
  async hold(filter: Filter): Promise<number> {
    return (await this.#act('hold', filter)).changed
  }

  /**
   * Queues held mail again; tells how many. Superseded mail is left alone, as in {@link QueueAdmin.retry}.
   *
   * @throws {PH_SUPERSEDED} {PH_FILTER_INVALID}
   */
  release(filter: Filter, options?: { report?: false | undefined }): Promise<number>
  release(filter: Filter, options: { report: true }): Promise<Acted>
  async release(filter: Filter, options: Reporting = {}): Promise<number | Acted> {
    return asAsked(await this.#act('release', filter), readActing(options))
  }

  /**
   * Ends the doubt about mail whose acceptance may have been lost, and tells how many mails that was; one line in each mail's history says
   * who decided. `arrived`: held, queued, failed and cancelled mail is `sent`, its recipients in doubt accepted. `retry`: held and queued mail is
   * due now, for those still to be asked. Mail under way is left alone; `unknowns`, and so the flag, stays.
   *
   * Of mail that is to be sent again, superseded mail is left alone, as in {@link QueueAdmin.retry}; so it is where it arrived at some and the
   * others were deferred.
   *
   * @param by.who who has decided; default: no name is kept
   * @throws {PH_SUPERSEDED} {PH_FILTER_INVALID}
   * @example
   * await mail.resolve({ unknown: true, state: 'held', stream: 'invoices' }, 'arrived', { who: 'grace' })
   */
  resolve(
    filter: Filter,
    resolution: Resolution,
    options?: { who?: string | undefined; report?: false | undefined },
  ): Promise<number>
  resolve(
    filter: Filter,
    resolution: Resolution,
    options: { who?: string | undefined; report: true },
  ): Promise<Acted>
  async resolve(
    filter: Filter,
    resolution: Resolution,
    options: Reporting & { who?: string | undefined } = {},
  ): Promise<number | Acted> {
    const [read, how, { who, report }] = [checkFilter(filter), readResolution(resolution), readBy(options)]
    const by = { who: who ?? null, now: this.#parts.clock.now() }
    const resolved = await (await this.#store()).resolve(how, read, by)
    if (resolved.changed > 0) this.#parts.connection.enqueued()
    refuseOne(read, resolved)
    return asAsked(resolved, { report })
  }

  /** Stops delivery, of one stream or of all, by every worker, until resume(); kept across restarts. */
  async pause(
    options: { stream?: Stream | '' | undefined; reason?: string | undefined; who?: string | undefined } = {},
  ): Promise<void> {
    const { stream, reason, who } = readPause(options)
    const store = await this.#store()
    if (stream !== '') await checkStream(stream, store, this.#parts)
    await store.pause({
      stream,
      reason: reason ?? null,
      who: who ?? null,
      since: this.#parts.clock.now(),
    })
  }

  /** Ends a pause; tells whether there was one. */
  async resume(options: { stream?: Stream | '' | undefined } = {}): Promise<boolean> {
    const { stream } = readStream(options)
    const store = await this.#store()
    const was = await store.resume(stream, this.#parts.clock.now())
    if (!was && stream !== '') await checkStream(stream, store, this.#parts)
    this.#parts.connection.enqueued()
    return was
  }

  /** How much mail there is, by state and stream, and how fast it went in the last minute and hour. */
  async stats(): Promise<Stats> {
    const store = await this.#store()
    const now = this.#parts.clock.now()
    return statsOf(await store.stats(now), now)
  }

  /** Does mail flow? Paused is not unhealthy. */
  async health(options: HealthOptions = {}): Promise<Health> {
    const read = readHealth(options)
    return healthOf(await this.#store(), this.#parts, read)
  }

  /** Erases a person's addresses and the content of their finished mail; the suppression survives as a hash. Tells how many mails. */
  async forget(address: string): Promise<number> {
    const key = suppressionKey(address)
    return (await this.#store()).forget(key, this.#parts.clock.now())
  }

  /**
   * Deletes finished mail that matches, with its history, in small batches; gives how many. Workers do it by themselves, by the retention
   * that is configured.
   *
   * @throws {PH_FILTER_INVALID} {PH_OPTION_INVALID}
   * @example
   * await mail.purge({ state: 'sent', stream: 'newsletter' }, { olderThan: '7d' })
   */
  async purge(filter: Filter, options: PurgeOptions): Promise<number> {
    return purge(await this.#store(), filter, { options, now: this.#parts.clock.now() })
  }

  /** Looks whether the database answers, has tables that fit, and takes writes. @throws {PH_DATABASE_UNREACHABLE} {PH_NOT_MIGRATED} {PH_SCHEMA_TOO_NEW} */
  async verify(): Promise<void> {
    const { database, engine, store } = await this.#parts.connection.ready()
    await checkSchema(database, engine)
    const unwritable = await store.whyUnwritable()
    if (unwritable !== undefined)
      throw new PosthasteError('PH_DATABASE_UNREACHABLE', unwritableProblem(unwritable))
  }

  async #act(action: OperatorAction, filter: Filter): Promise<Acted> {
    const read = checkFilter(filter)
    const acted = await (await this.#store()).act(action, read, this.#parts.clock.now())
    if (acted.changed > 0) this.#parts.connection.enqueued()
    refuseOne(read, acted)
    return acted
  }

  async #store(): Promise<Store> {
    return (await this.#parts.connection.ready()).store
  }
}
