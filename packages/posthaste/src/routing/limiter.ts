import type { Limit } from '../config/queue-config.ts'

/** How many mails may begin now: the least that each bound leaves. Counts what it granted; per worker. */
export class Limiter {
  readonly #windows: Window[]

  constructor(limit: Limit | undefined) {
    const bounds: [number | undefined, number][] = [
      [limit?.perSecond, 1_000],
      [limit?.perMinute, 60_000],
      [limit?.perDay, 86_400_000],
    ]
    this.#windows = bounds.flatMap(([most, length]) => (most === undefined ? [] : [new Window(most, length)]))
  }

  room(now: number): number {
    return this.#windows.reduce(
      (least, window) => Math.min(least, window.room(now)),
      Number.POSITIVE_INFINITY,
    )
  }

  take(count: number, now: number): void {
    for (const window of this.#windows) window.take(count, now)
  }

  /** Milliseconds between two mails at the full rate; 0 without a bound. */
  get interval(): number {
    return Math.max(0, ...this.#windows.map(({ interval }) => interval))
  }

  /** Milliseconds until there is room again. */
  waitFor(now: number): number {
    return this.#windows.reduce((longest, window) => Math.max(longest, window.waitFor(now)), 0)
  }
}

/** A bucket that fills evenly, so that a limit of 60 a minute is one a second and not sixty at once after a pause of a minute. */
class Window {
  readonly #most: number
  readonly #length: number
  readonly #burst: number
  #left: number
  #filledAt = 0

  constructor(most: number, length: number) {
    this.#most = most
    this.#length = length
    this.#burst = Math.max(1, Math.min(most, (most * 1_000) / length))
    this.#left = this.#burst
  }

  get interval(): number {
    return this.#length / this.#most
  }

  room(now: number): number {
    this.#fill(now)
    return Math.floor(this.#left)
  }

  take(count: number, now: number): void {
    this.#fill(now)
    this.#left -= count
  }

  waitFor(now: number): number {
    this.#fill(now)
    return Math.max(0, Math.ceil(((1 - this.#left) * this.#length) / this.#most))
  }

  #fill(now: number): void {
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#filledAt) * this.#most) / this.#length)
    this.#filledAt = now
  }
}
