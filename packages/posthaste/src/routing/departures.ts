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
