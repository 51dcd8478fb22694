import { SystemClock } from '../../src/clock.ts'

/** Goes as every clock does, and further where it is turned; who sleeps until then wakes. */
export class HandClock extends SystemClock {
  #ahead = 0
  readonly #sleepers = new Set<() => void>()

  override now(): number {
    return super.now() + this.#ahead
  }

  override monotonic(): number {
    return super.monotonic() + this.#ahead
  }

  override synchronise(databaseNow: number, before: number, after: number): void {
    super.synchronise(databaseNow + this.#ahead, before, after)
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const end = this.monotonic() + ms
    const woken = new AbortController()
    const look = () => {
      if (this.monotonic() >= end) woken.abort()
    }
    this.#sleepers.add(look)
    await super.sleep(ms, signal ? AbortSignal.any([signal, woken.signal]) : woken.signal)
    this.#sleepers.delete(look)
  }

  turn(ms: number): void {
    this.#ahead += Math.max(0, Math.ceil(ms))
    for (const look of this.#sleepers) look()
  }
}
