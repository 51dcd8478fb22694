import type { Clock } from '../clock.ts'
import type { DeliveryStore } from '../store/store.ts'
import type { Lease } from './lease.ts'
import type { Outbound } from './underway.ts'

export interface Losing {
  readonly store: DeliveryStore
  readonly clock: Clock
  readonly lease: Lease
  readonly outbound: Outbound
}

/**
 * Claims that the database holds for this worker and nobody here knows of: of a turn that failed and was committed all the same, or because they
 * could not be given back. Looked for between two turns, so that nothing counts as lost that is only on its way; and once more a while later, for
 * the server may still have been at it.
 */
export class LostClaims {
  readonly #line: Losing
  #looks = 0
  #lookAt = 0

  constructor(line: Losing) {
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
