import type { Clock } from '../clock.ts'

/** Something to wait for that remembers a call made while nobody waited. */
export class Wakeup {
  #called = false
  #ring: (() => void) | undefined

  call(): void {
    this.#called = true
    this.#ring?.()
  }

  /** Resolves when called, or after `ms`; tells whether it was called. */
  async wait(clock: Clock, ms: number): Promise<boolean> {
    if (!this.#called && ms > 0) {
      const rung = new AbortController()
      // With a reason of its own: without one, an exception with a stack is made each time.
      this.#ring = () => rung.abort('called')
      await clock.sleep(ms, rung.signal)
      this.#ring = undefined
    }
    const called = this.#called
    this.#called = false
    return called
  }
}
