import type { Line } from './loop.ts'

/**
 * After a turn that failed: its commit may have happened all the same, and nobody here knows what it claimed. Given back between two turns, so
 * that nothing counts as lost that is only on its way; and once more a while later, for the server may still have been at it.
 */
export class LostClaims {
  readonly #line: Line
  #looks = 0
  #lookAt = 0

  constructor(line: Line) {
    this.#line = line
  }

  suspect(): void {
    this.#looks = 2
    this.#lookAt = 0
  }

  async giveBack(): Promise<void> {
    const { clock, lease, store, outbound } = this.#line
    if (this.#looks === 0 || clock.monotonic() < this.#lookAt) return
    await store.releaseLost(lease.id, { held: outbound.claims, dueAt: clock.now() })
    this.#looks--
    this.#lookAt = clock.monotonic() + lease.interval
  }
}
