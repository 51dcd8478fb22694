import type { Clock } from '../clock.ts'
import { newId } from '../ids.ts'
import type { DeliveryStore } from '../store/store.ts'
import { OwnFaults } from './own-faults.ts'

export interface LeaseTerms {
  readonly name: string
  readonly version: string
  readonly streams: readonly string[] | null
  readonly concurrency: number
  /** Milliseconds. */
  readonly length: number
}

/** The worker's lease: one row, renewed by the heartbeat. When it expires the worker loses its claims and registers again under a new id. */
export class Lease {
  readonly #store: DeliveryStore
  readonly #clock: Clock
  readonly #terms: LeaseTerms
  #id = newId()
  #until = 0
  #beatAt = 0
  #beating: Promise<unknown> = Promise.resolve()
  sleeping = false
  stopping = false
  delivered = 0
  readonly ownFaults = new OwnFaults()

  constructor(store: DeliveryStore, clock: Clock, terms: LeaseTerms) {
    this.#store = store
    this.#clock = clock
    this.#terms = terms
  }

  get id(): string {
    return this.#id
  }

  get name(): string {
    return this.#terms.name
  }

  get interval(): number {
    return this.#terms.length / 3
  }

  async register(): Promise<void> {
    const { name, version, streams, concurrency, length } = this.#terms
    const asked = this.#clock.monotonic()
    const now = this.#clock.now()
    this.#id = newId()
    await this.#store.registerWorker({
      id: this.#id,
      name,
      version,
      streams,
      concurrency,
      startedAt: now,
      heartbeatAt: now,
      leaseUntil: now + length,
      sleeping: this.sleeping,
      stopping: this.stopping,
      delivered: this.delivered,
      ownFault: this.ownFaults.textAt(now),
    })
    this.#until = asked + length
    this.#beatAt = asked
  }

  /** Renews it; false: it had expired, and this worker goes on under a new id. One at a time, or it would take two. */
  beat(): Promise<boolean> {
    const beat = this.#beating.then(() => this.#beat())
    this.#beating = beat.catch(() => {})
    return beat
  }

  async #beat(): Promise<boolean> {
    const asked = this.#clock.monotonic()
    const now = this.#clock.now()
    const { sleeping, stopping, delivered } = this
    const kept = await this.#store.beat(this.#id, {
      now,
      leaseUntil: now + this.#terms.length,
      sleeping,
      stopping,
      delivered,
      ownFault: this.ownFaults.textAt(now),
    })
    if (kept) this.#until = asked + this.#terms.length
    else await this.register()
    this.#beatAt = asked
    return kept
  }

  /** By the local clock, which no change of the system's time and no stalled database can turn: is enough left to begin a body? */
  get isSafe(): boolean {
    return this.#until - this.#clock.monotonic() > this.#terms.length / 3
  }

  /** The same for mail that was claimed under an id which this worker may have lost meanwhile. */
  isSafeFor(workerId: string): boolean {
    return workerId === this.#id && this.isSafe
  }

  /** Has it been in touch for a whole heartbeat? After an outage that could have ended a lease, its owner's next beat is on its way. */
  get isInTouch(): boolean {
    return this.#clock.monotonic() - this.#beatAt < this.interval * 2
  }

  end(): Promise<void> {
    return this.#store.removeWorker(this.#id)
  }
}
