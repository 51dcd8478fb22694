const usualFirst = 4_000
const longest = 300_000

export interface Starting {
  readonly random: number
  /** The first in a row. Milliseconds. @default 4_000 */
  readonly first?: number | undefined
  /** Milliseconds that the server asked for. @default 0 */
  readonly atLeast?: number | undefined
  /** Milliseconds. @default 300_000 */
  readonly atMost?: number | undefined
}

/** What the database knows of a transport's back-off. */
export interface SharedBackoff {
  /** Milliseconds since 1970. */
  readonly until: number
  /** In a row, of all workers. */
  readonly faults: number
  /** When the first of them was. Milliseconds since 1970. */
  readonly since: number
}

/** One transport's back-off in one worker: longer with each fault in a row, over with the first conversation that comes through. */
export class TransportBackoff {
  #until = 0
  #since = 0
  #faults = 0
  #persisted = false

  /** Milliseconds since 1970; 0 where there is none. */
  get until(): number {
    return this.#until
  }

  /** When the first fault of those in a row was. Milliseconds since 1970; 0 where there is none. */
  get since(): number {
    return this.#since
  }

  isActive(now: number): boolean {
    return now < this.#until
  }

  /** Its time is over and nothing has come through yet: one mail goes ahead, and the others follow when it succeeds. */
  get isHalfOpen(): boolean {
    return this.#faults > 0
  }

  /** Since something came through. */
  get faults(): number {
    return this.#faults
  }

  /** After a fault. Gives the milliseconds to wait: those left where it was backing off already. */
  start(now: number, { random, first = usualFirst, atLeast = 0, atMost = longest }: Starting): number {
    if (this.isActive(now)) return this.#until - now
    const grown = Math.min(atMost, first * 2 ** Math.min(this.#faults, 12) * (0.75 + random / 2))
    this.#since ||= now
    this.#faults++
    const wait = Math.round(Math.max(grown, atLeast))
    this.#until = now + wait
    return wait
  }

  /** As another worker or an operator has said. One whose time is over leaves the transport half open. */
  applyShared({ until, faults, since }: SharedBackoff): void {
    this.#since = this.#since === 0 ? since : Math.min(this.#since, since)
    this.#until = Math.max(this.#until, until)
    this.#faults = Math.max(1, faults, this.#faults)
    this.#persisted = true
  }

  /** It stands in the database: from now on its absence there means that it was ended elsewhere. */
  markPersisted(): void {
    this.#persisted = true
  }

  get isPersisted(): boolean {
    return this.#persisted
  }

  /** Ends it; false where there was none. */
  end(): boolean {
    const was = this.#faults > 0
    this.#until = 0
    this.#since = 0
    this.#faults = 0
    this.#persisted = false
    return was
  }
}
