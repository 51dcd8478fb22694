import type { Claim, ClaimRequest } from '../store/store.ts'
import { Bookmarks } from './bookmarks.ts'
import { highLanes, isRetry, laneOrder } from './lanes.ts'
import type { Limiter } from './limiter.ts'

/** Where claimed mail is to go, as far as claiming must know it. */
export interface Outlet {
  /** How many mails may begin now. */
  room(now: number): number
  isFilledBy(mails: number): boolean
  readonly retryRoom: number
  /** This claim, of so many, is to be of those that were due last by then; undefined: of the first. */
  claimsLastOf(now: number, claims: number): number | undefined
  /** Faults in a row of the transport that mail is claimed for; 0 where it is well. */
  faults(now: number): number
  /** Milliseconds until there may be room, where only time is missing. */
  waitFor(now: number): number | undefined
}

/** Streams that are claimed by one request: those without a limit of their own together, each other one alone. */
interface Source {
  readonly streams: readonly string[]
  readonly limiter: Limiter
  readonly bookmarks: Bookmarks
  wanted: number
  /** The last claim brought less than was wanted. */
  isDry: boolean
}

/** What one outlet claims: how many of which streams and lanes. */
export class Intake<To extends Outlet = Outlet> {
  readonly outlet: To
  readonly #sources: readonly Source[]
  #claims = 0
  /** Those that were for more than the slot which is kept. */
  #shared = 0
  #mayBringRetries = true
  #lastOf: number | undefined

  constructor(outlet: To, sources: readonly { streams: readonly string[]; limiter: Limiter }[]) {
    this.outlet = outlet
    this.#sources = sources.map((one) => ({ ...one, bookmarks: new Bookmarks(), wanted: 0, isDry: false }))
  }

  serves(stream: string): boolean {
    return this.#sources.some(({ streams }) => streams.includes(stream))
  }

  limiterOf(stream: string): Limiter | undefined {
    return this.#sources.find(({ streams }) => streams.includes(stream))?.limiter
  }

  /** What to claim now. One slot, where there are several, is kept for high priority; retries hold at most half. */
  requests(now: number, atMost: number): ClaimRequest[] {
    for (const source of this.#sources) source.wanted = 0
    this.#lastOf = this.outlet.claimsLastOf(now, this.#shared)
    const room = Math.min(this.outlet.room(now), atMost)
    if (room < 1) return []
    const kept = this.outlet.isFilledBy(room) ? 1 : 0
    const open = this.#inTurn().filter(({ limiter }) => limiter.room(now) >= 1)
    const requests = this.#share(open, { now, room: this.#withoutExcessRetries(room - kept) })
    if (requests.length > 0) this.#shared++
    return kept > 0 && open.length > 0 ? [...requests, this.#keptFor(open, now)] : requests
  }

  /** One source after the other is asked first. */
  #inTurn(): readonly Source[] {
    const first = ++this.#claims % this.#sources.length
    return [...this.#sources.slice(first), ...this.#sources.slice(0, first)]
  }

  /** A claim that may bring retries asks for no more of them than may begin. */
  #withoutExcessRetries(room: number): number {
    const { retryRoom } = this.outlet
    return this.#mayBringRetries && retryRoom > 0 ? Math.min(room, retryRoom) : room
  }

  #share(open: readonly Source[], { now, room }: { now: number; room: number }): ClaimRequest[] {
    const lanes = laneOrder(this.#claims, this.outlet.faults(now)).filter(
      (lane) => !isRetry(lane) || this.outlet.retryRoom > 0,
    )
    let left = room
    return open.flatMap((source): ClaimRequest[] => {
      const { streams, limiter, bookmarks, isDry } = source
      const probe = isDry && open.length > 1 ? 1 : Number.POSITIVE_INFINITY
      const limit = Math.min(left, limiter.room(now), probe)
      if (limit < 1) return []
      left -= limit
      source.wanted = limit
      if (this.#lastOf !== undefined) return [{ streams, lanes, limit, lastOf: this.#lastOf }]
      return [{ streams, lanes, limit, from: bookmarks.begin(now) }]
    })
  }

  #keptFor(open: readonly Source[], now: number): ClaimRequest {
    const [only] = open
    const from = open.length === 1 ? only?.bookmarks.begin(now) : undefined
    return { streams: open.flatMap(({ streams }) => streams), lanes: highLanes, limit: 1, from }
  }

  /** A claim that brings nothing does not mean yet that nothing is due. */
  get passesOver(): boolean {
    if (this.#lastOf !== undefined) return false
    return this.#sources.some(({ wanted, bookmarks }) => wanted > 0 && bookmarks.passesOver)
  }

  /** What the turn brought. */
  claimed(claims: readonly Claim[], now: number): void {
    if (this.#lastOf !== undefined || this.#sources.every(({ wanted }) => wanted === 0)) return
    const mine = claims.filter(({ stream }) => this.serves(stream))
    const wanted = this.#sources.reduce((sum, source) => sum + source.wanted, 0)
    this.#mayBringRetries = mine.length < wanted || mine.some(({ lane }) => isRetry(lane))
    for (const source of this.#sources) {
      if (source.wanted === 0) continue
      const found = mine.filter(({ stream }) => source.streams.includes(stream))
      source.bookmarks.end(found, { wanted: source.wanted, now })
      source.isDry = found.length < source.wanted
    }
  }

  /** The streams of which something may be claimed now. */
  openStreams(now: number): readonly string[] {
    if (this.outlet.room(now) < 1) return []
    return this.#sources.flatMap(({ streams, limiter }) => (limiter.room(now) >= 1 ? streams : []))
  }

  /** All of them. */
  get streams(): readonly string[] {
    return this.#sources.flatMap(({ streams }) => streams)
  }

  /** Milliseconds until more may be claimed, where only time is missing. */
  waitFor(now: number): number | undefined {
    const waits = this.#sources.map(({ limiter }) => limiter.waitFor(now)).filter((wait) => wait > 0)
    const limited = waits.length > 0 ? Math.min(...waits) : undefined
    const outlet = this.outlet.waitFor(now)
    return outlet === undefined ? limited : Math.max(outlet, limited ?? 0)
  }
}
