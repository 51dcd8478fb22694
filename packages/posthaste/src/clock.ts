/** The one source of time: milliseconds since 1970, and waiting that a signal can end. */
export interface Clock {
  /** Time of the queue's database, in milliseconds since 1970. */
  now(): number
  /** Milliseconds that only grow, unmoved by changes of the system's time. */
  monotonic(): number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/**
 * Monotonic time on top of an offset that {@link SystemClock.synchronise} takes from the database; the time of the host before, which is that of
 * SQLite.
 */
export class SystemClock implements Clock {
  #origin: number | undefined

  now(): number {
    return this.#origin === undefined ? Date.now() : Math.round(this.#origin + performance.now())
  }

  monotonic(): number {
    return performance.now()
  }

  /** Adopts the database's time, read between the two monotonic instants. */
  synchronise(databaseNow: number, before: number, after: number): void {
    this.#origin = databaseNow - (before + after) / 2
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    })
  }
}

/** Clocks that are kept on time differ by less, and no lease is longer. Milliseconds. */
const clocksDifferBy = 2 * 86_400_000

/** What is stored as having happened later was written by a clock that was far ahead, and is not believed. */
export function latestBelieved(now: number): number {
  return now + clocksDifferBy
}
