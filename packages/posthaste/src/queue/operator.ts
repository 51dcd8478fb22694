import type { SystemClock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import { checkFilter, type Filter } from '../filter.ts'
import type { Duration } from '../input/time.ts'
import type { AttemptRecord, MailRecord, Page, Resolution, Stats, Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import { type Health, type HealthOptions, healthOf } from './health.ts'
import { keepInside } from './inside.ts'
import { settled } from './settled.ts'

/** What a queue is made with. */
export interface QueueParts {
  readonly settings: () => Settings
  readonly clock: SystemClock
  readonly connection: Connection
  /** Gives transports to a configuration without any; to be called before they are used. */
  readonly fillTransports: (transports: Settings['transports']) => void
}

/** The half of the queue that an operator uses: finding mail, steering it, and seeing how it flows. */
export class Operator<Stream extends string = string> {
  readonly #parts: QueueParts

  /** @internal */
  constructor(parts: QueueParts) {
    this.#parts = parts
    keepInside(this, parts)
  }

  /** Waits for one mail's outcome: sent, failed, suppressed, cancelled or held. @throws {PH_TIMEOUT} {PH_NOT_FOUND} */
  async settled(id: string, { timeout = '30s' }: { timeout?: Duration } = {}): Promise<MailRecord> {
    return settled(await this.#store(), id, { timeout, clock: this.#parts.clock })
  }

  async get(id: string): Promise<MailRecord | undefined> {
    return (await this.#store()).get(id)
  }

  /** Mails that match, newest first, a page at a time. @throws {PH_FILTER_INVALID} */
  async find(
    filter: Filter,
    { limit = 50, after }: { limit?: number; after?: string } = {},
  ): Promise<Page<MailRecord>> {
    return (await this.#store()).find(checkFilter(filter), { limit, after })
  }

  /** How many match, counted up to `atMost`. @throws {PH_FILTER_INVALID} */
  async count(filter: Filter, { atMost = 10_000 }: { atMost?: number } = {}): Promise<number> {
    return (await this.#store()).count(checkFilter(filter), atMost)
  }

  /** The history of a mail, oldest first. */
  async attempts(id: string): Promise<AttemptRecord[]> {
    return (await this.#store()).attempts(id)
  }

  /** Makes failed, held, cancelled and waiting mail due now; tells how many. Recipients that were accepted are not asked again. @throws {PH_FILTER_INVALID} */
  retry(filter: Filter): Promise<number> {
    return this.#act('retry', filter)
  }

  /** Ends mail that is not under way; tells how many. @throws {PH_FILTER_INVALID} */
  cancel(filter: Filter): Promise<number> {
    return this.#act('cancel', filter)
  }

  /** Keeps queued mail from going until it is released; tells how many. @throws {PH_FILTER_INVALID} */
  hold(filter: Filter): Promise<number> {
    return this.#act('hold', filter)
  }

  /** Queues held mail again; tells how many. @throws {PH_FILTER_INVALID} */
  release(filter: Filter): Promise<number> {
    return this.#act('release', filter)
  }

  /**
   * Ends the doubt about mail whose acceptance may have been lost, and tells how many mails that was; one line in each mail's history says
   * who decided. `arrived`: held, queued, failed and cancelled mail is `sent`, its recipients in doubt accepted. `retry`: held and queued mail is
   * due now, for those still to be asked. Mail under way is left alone; `unknowns`, and so the flag, stays.
   *
   * @param by.who who has decided; default: nobody is named
   * @throws {PH_FILTER_INVALID}
   * @example
   * await mail.resolve({ unknown: true, state: 'held', stream: 'invoices' }, 'arrived', { who: 'grace' })
   */
  async resolve(filter: Filter, resolution: Resolution, { who }: { who?: string } = {}): Promise<number> {
    const by = { who: who ?? null, now: this.#parts.clock.now() }
    const resolved = await (await this.#store()).resolve(resolution, checkFilter(filter), by)
    if (resolved > 0) this.#parts.connection.enqueued()
    return resolved
  }

  /** Stops delivery, of one stream or of all, by every worker, until resume(); kept across restarts. */
  async pause({
    stream = '',
    reason,
    who,
  }: {
    stream?: Stream | ''
    reason?: string
    who?: string
  } = {}): Promise<void> {
    await (await this.#store()).pause({
      stream,
      reason: reason ?? null,
      who: who ?? null,
      since: this.#parts.clock.now(),
    })
  }

  /** Ends a pause; tells whether there was one. */
  async resume({ stream = '' }: { stream?: Stream | '' } = {}): Promise<boolean> {
    const was = await (await this.#store()).resume(stream)
    this.#parts.connection.enqueued()
    return was
  }

  async stats(): Promise<Stats> {
    return (await this.#store()).stats(this.#parts.clock.now())
  }

  /** Does mail flow? Paused is not unhealthy. */
  async health(options: HealthOptions = {}): Promise<Health> {
    return healthOf(await this.#store(), this.#parts, options)
  }

  /** Erases a person's addresses and the content of their finished mail; the suppression survives as a hash. Tells how many mails. */
  async forget(address: string): Promise<number> {
    return (await this.#store()).forget(address, this.#parts.clock.now())
  }

  async #act(action: 'retry' | 'cancel' | 'hold' | 'release', filter: Filter): Promise<number> {
    const changed = await (await this.#store()).act(action, checkFilter(filter), this.#parts.clock.now())
    if (changed > 0) this.#parts.connection.enqueued()
    return changed
  }

  async #store(): Promise<Store> {
    return (await this.#parts.connection.ready()).store
  }
}
