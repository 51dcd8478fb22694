import type { Transport } from '../transports/transport.ts'
import { TransportBackoff } from './backoff.ts'
import { KnownRefusals } from './known-refusals.ts'
import { highLanes, isRetry } from './lanes.ts'
import type { Limiter } from './limiter.ts'
import { Pace } from './pace.ts'
import { Suspicions } from './suspicions.ts'

/** How often a back-off is looked at again by mail that was returned because of it: it may have been ended by hand. */
const backoffLook = 30_000
/** The same while one mail tries the transport after its back-off. */
const halfOpenLook = 1_000

/** The places of one transport's mail in one worker: a sick transport can fill its own and no others. */
export class Slots {
  readonly transport: Transport
  readonly size: number
  readonly pace = new Pace()
  readonly backoff = new TransportBackoff()
  readonly suspicions: Suspicions
  readonly refusals = new KnownRefusals()
  readonly #limiter: Limiter
  readonly #departures = new Departures()
  readonly #waiting: { readonly lane: number; readonly begin: () => void }[] = []
  #returned = { until: 0, earlier: 0 }
  #talking = 0
  #busy = 0
  #retries = 0

  constructor(transport: Transport, { size, limiter }: { size: number; limiter: Limiter }) {
    this.transport = transport
    this.size = size
    this.suspicions = new Suspicions(size)
    this.#limiter = limiter
  }

  get isIdle(): boolean {
    return this.#busy === 0
  }

  /** How many mails may begin now. */
  room(now: number): number {
    return Math.min(this.#free(now), this.#limiter.room(now))
  }

  /** One slot, where there are several, is kept for high priority: would so many more fill it? */
  isFilledBy(mails: number): boolean {
    return this.size > 2 && this.#busy + mails >= this.#places
  }

  /** The same without the slot that is kept for high priority, and whether that one is free. */
  openAndKept(now: number): { open: number; kept: boolean } {
    const room = Math.max(0, this.room(now))
    const kept = room > 0 && this.isFilledBy(room)
    return { open: room - (kept ? 1 : 0), kept }
  }

  faults(): number {
    return this.backoff.faults
  }

  /**
   * Where those that stand first in a lane may be to blame, every other claim is of those that were due last by then: a probe after a back-off,
   * and all claims while it is known that other mail passes.
   */
  claimsLastOf(now: number, claims: number): number | undefined {
    const { faults, since } = this.backoff
    const { confirmedSince } = this.suspicions
    if (faults === 0) return lastOf(claims, this.suspicions.othersPassSince(now), now)
    if (confirmedSince !== undefined) return lastOf(faults, confirmedSince, now)
    // What another worker has met, or an earlier pass, is not known here: the first is tried, and the last where that may be to blame.
    return this.suspicions.isAny(now) ? lastOf(2 * faults - 1, since, now) : undefined
  }

  /** How many more retries may begin: they hold at most half of the slots. */
  get retryRoom(): number {
    return Math.max(0, Math.ceil(this.size / 2) - this.#retries)
  }

  /** May a mail of this lane begin now? For mail that was claimed before its transport was known. */
  admits(lane: number, now: number): boolean {
    if (this.room(now) < 1 || (isRetry(lane) && this.retryRoom === 0)) return false
    return highLanes.includes(lane) || !this.isFilledBy(1)
  }

  /** When a mail that was not admitted should be claimed again: mails that wait so come back one after another, as fast as they can leave. */
  comeBackAt(now: number): number {
    if (this.backoff.isActive(now)) return this.#afterBackoff(now)
    if (this.backoff.isHalfOpen) return now + halfOpenLook
    const between = Math.max(this.#limiter.interval, this.pace.conversation / this.size)
    return this.#departures.next(now + this.#limiter.waitFor(now), between)
  }

  /** Where those that stand first may be to blame, what is returned last comes back first. */
  #afterBackoff(now: number): number {
    const until = Math.min(this.backoff.until, now + backoffLook)
    if (this.suspicions.confirmedSince === undefined) return until
    const earlier = until === this.#returned.until ? this.#returned.earlier + 1 : 0
    this.#returned = { until, earlier }
    return until - Math.min(earlier, Math.floor((until - now) / 2))
  }

  /**
   * How many mails may be under way that are like those which only meet faults: half of them, so that other mail passes. All where the fault is
   * answered sooner than a claim is returned.
   */
  get suspectPlaces(): number {
    return this.pace.conversation > 2 * this.pace.turn ? Math.max(1, Math.floor(this.size / 2)) : this.#places
  }

  /** When such a mail should be claimed again that was not begun. */
  suspectComesBackAt(now: number): number {
    return this.#departures.next(now + this.pace.conversation, this.pace.conversation / this.suspectPlaces)
  }

  /** Until when mail was told to come back for want of a slot or of room in the limit. */
  get expectsUntil(): number {
    return this.#departures.last
  }

  /** Nothing may go while it backs off; afterwards one goes ahead, and the others follow when it came through. */
  #free(now: number): number {
    if (this.backoff.isActive(now)) return 0
    return (this.backoff.isHalfOpen ? 1 : this.#places) - this.#busy
  }

  get #places(): number {
    return this.size + this.pace.ahead(this.size)
  }

  /** Waits for a conversation to end, the most urgent lane first; undefined where there is no need to wait. */
  enter(lane: number): Promise<void> | undefined {
    if (this.#mayTalk(lane)) {
      this.#talking++
      return undefined
    }
    return new Promise((begin) => {
      const at = this.#waiting.findIndex((one) => one.lane > lane)
      this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { lane, begin })
    })
  }

  /** Enough waits to keep every slot talking while a turn commits. */
  get isStocked(): boolean {
    return this.#waiting.length > this.pace.ahead(this.size) / 2
  }

  leave(): void {
    this.#talking--
    const [next] = this.#waiting
    if (!next || !this.#mayTalk(next.lane)) return
    this.#waiting.shift()
    this.#talking++
    next.begin()
  }

  /** Mail that was claimed ahead does not talk in the slot that is kept for high priority either: it may last. */
  #mayTalk(lane: number): boolean {
    const kept = this.size > 2 && !highLanes.includes(lane) ? 1 : 0
    return this.#talking < this.size - kept
  }

  take(lane: number, now: number): void {
    this.retake(lane)
    this.#limiter.take(1, now)
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

  /** Milliseconds until something may begin again, where only time is missing. */
  waitFor(now: number): number | undefined {
    if (this.backoff.isActive(now)) return this.backoff.until - now
    const limited = this.#limiter.waitFor(now)
    return limited > 0 ? limited : undefined
  }
}

/** No mail is told to come back later than this: the pace that the times are reckoned with may change meanwhile. */
const longest = 60_000

/** The times at which mail that found no slot comes back: one after another, as fast as slots become free. */
export class Departures {
  #last = 0

  /** The latest that was given. */
  get last(): number {
    return this.#last
  }

  /** The next, none before `from`. */
  next(from: number, between: number): number {
    this.#last = Math.min(Math.max(this.#last, from) + Math.max(1, between), from + longest)
    return Math.round(this.#last)
  }
}

/** What was returned because of a back-off is due later than all that it left, so it is passed over at first. */
function lastOf(turn: number, since: number | undefined, now: number): number | undefined {
  if (turn % 2 === 0) return undefined
  return turn % 4 === 1 ? since : since && now
}
