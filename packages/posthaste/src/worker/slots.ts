import type { Claim, ClaimRequest } from '../store/store.ts'
import type { Transport } from '../transports/transport.ts'
import { Bookmarks } from './bookmarks.ts'
import { highLanes, isRetry, laneOrder } from './lanes.ts'
import type { Limiter } from './limiter.ts'
import { Pace } from './pace.ts'

/** The places in which one transport's mail is under way: a sick transport can hold its own and no others. */
export class Slots {
  readonly transport: Transport
  readonly streams: readonly string[]
  readonly size: number
  readonly pace = new Pace()
  readonly #bookmarks = new Bookmarks()
  #wanted = 0
  readonly #limiters: readonly Limiter[]
  readonly #waiting: { readonly lane: number; readonly begin: () => void }[] = []
  #speaking = 0
  #busy = 0
  #retries = 0
  #claims = 0
  #restUntil = 0
  #faults = 0
  #known = false

  constructor(
    transport: Transport,
    options: { streams: readonly string[]; size: number; limiters: readonly Limiter[] },
  ) {
    this.transport = transport
    this.streams = options.streams
    this.size = options.size
    this.#limiters = options.limiters
  }

  get busy(): number {
    return this.#busy
  }

  get restUntil(): number {
    return this.#restUntil
  }

  /** What to claim now. One slot, where there are several, is kept for high priority; retries hold at most half. */
  requests(now: number, atMost: number): ClaimRequest[] {
    const room = Math.min(this.#free(now), atMost, this.#allowed(now))
    this.#wanted = 0
    if (room < 1) return []
    const kept = this.size > 2 && this.#busy + room >= this.#places ? 1 : 0
    const lanes = laneOrder(this.#claims++).filter(
      (lane) => !isRetry(lane) || this.#retries < Math.ceil(this.size / 2),
    )
    this.#wanted = room - kept
    const where = { streams: this.streams, from: this.#bookmarks.begin(now) }
    const open = room - kept > 0 ? [{ ...where, lanes, limit: room - kept }] : []
    return kept > 0 ? [...open, { ...where, lanes: highLanes, limit: kept }] : open
  }

  /** A claim for these that brings nothing does not mean yet that nothing is due. */
  get passesOver(): boolean {
    return this.#wanted > 0 && this.#bookmarks.passesOver
  }

  /** What the claim brought that asked for these. */
  claimed(claims: readonly Claim[], now: number): void {
    const mine = claims.filter(({ stream }) => this.streams.includes(stream))
    if (this.#wanted > 0) this.#bookmarks.end(mine, { wanted: this.#wanted, now })
  }

  /** While it rests nobody may go; after its rest one goes ahead and the others follow when that one came through. */
  #free(now: number): number {
    if (now < this.#restUntil) return 0
    return (this.#faults > 0 ? 1 : this.#places) - this.#busy
  }

  get #places(): number {
    return this.size + this.pace.ahead(this.size)
  }

  /** Waits for its turn to speak, the most urgent lane first; undefined where nobody need wait. */
  enter(lane: number): Promise<void> | undefined {
    if (this.#speaking < this.size) {
      this.#speaking++
      return undefined
    }
    return new Promise((begin) => {
      const at = this.#waiting.findIndex((one) => one.lane > lane)
      this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { lane, begin })
    })
  }

  /** Enough waits to keep every slot speaking while a turn commits. */
  get isStocked(): boolean {
    return this.#waiting.length > this.pace.ahead(this.size) / 2
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next) next.begin()
    else this.#speaking--
  }

  #allowed(now: number): number {
    return Math.min(...this.#limiters.map((limiter) => limiter.room(now)))
  }

  hasRoom(now: number): boolean {
    return this.#free(now) > 0 && this.#allowed(now) >= 1
  }

  take(lane: number, now: number): void {
    this.retake(lane)
    for (const limiter of this.#limiters) limiter.take(1, now)
  }

  /** What was free for a moment, and was never begun anew. */
  retake(lane: number): void {
    this.#busy++
    if (isRetry(lane)) this.#retries++
  }

  free(lane: number): void {
    this.#busy--
    if (isRetry(lane)) this.#retries--
  }

  /** A fault: longer with each in a row, never longer than five minutes. Tells for how long. */
  rest(now: number, random: number): number {
    if (now < this.#restUntil) return this.#restUntil - now
    this.#faults++
    const wait = Math.round(Math.min(300_000, 2_000 * 2 ** Math.min(this.#faults, 10) * (0.75 + random / 2)))
    this.#restUntil = now + wait
    return wait
  }

  restAsOthersDo(until: number): void {
    this.#restUntil = Math.max(this.#restUntil, until)
    this.#faults = Math.max(1, this.#faults)
    this.#known = true
  }

  /** The rest stands in the database: from now on, its absence there means that somebody ended it. */
  restIsKnown(): void {
    this.#known = true
  }

  get isRestKnown(): boolean {
    return this.#known
  }

  /** All is well again; tells whether it was not. */
  recover(): boolean {
    const was = this.#faults > 0
    this.#restUntil = 0
    this.#faults = 0
    this.#known = false
    return was
  }

  /** Milliseconds until something may be claimed again, where only time is missing. */
  waitFor(now: number): number | undefined {
    if (now < this.#restUntil) return this.#restUntil - now
    const limited = Math.max(0, ...this.#limiters.map((limiter) => limiter.waitFor(now)))
    return limited > 0 ? limited : undefined
  }
}
