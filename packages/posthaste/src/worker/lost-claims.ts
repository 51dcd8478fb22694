import type { Clock } from '../clock.ts'
import { PosthasteError } from '../errors.ts'
import type { Events } from '../events.ts'
import type { DeliveryStore } from '../store/store.ts'
import type { Lease } from './lease.ts'
import { Remembered } from './remembered.ts'
import type { Outbound, Underway } from './underway.ts'

export interface Losing {
  readonly store: DeliveryStore
  readonly clock: Clock
  readonly lease: Lease
  readonly outbound: Outbound
  readonly events: Events
}

/**
 * What the database and this worker know differently. Claims that it holds for us and nobody here knows of: of a turn that failed and was committed
 * all the same, or because they could not be given back. And outcomes that it had confirmed and knows no longer: it has gone back in time.
 * Looked for between two turns, so that nothing counts as lost that is only on its way; and once more a while later, for the server may still
 * have been at it.
 */
export class LostClaims {
  readonly #line: Losing
  readonly #remembered = new Remembered()
  #looks = 0
  #lookAt = 0

  constructor(line: Losing) {
    this.#line = line
  }

  suspect(): void {
    this.#looks = 2
    this.#lookAt = 0
  }

  /** It is settled, as far as the database knows today. */
  remember(one: Underway): void {
    this.#remembered.keep(one)
  }

  async giveBack(): Promise<void> {
    const { clock, lease, store, outbound } = this.#line
    if (this.#looks === 0 || clock.monotonic() < this.#lookAt) return
    await this.#tellAgain()
    await store.releaseLost(lease.id, { held: outbound.claims, dueAt: clock.now() })
    this.#looks--
    this.#lookAt = clock.monotonic() + lease.interval
  }

  /** First: a claim that is settled is not given back. */
  async #tellAgain(): Promise<void> {
    const { clock, store, outbound, events } = this.#line
    const confirmed = this.#remembered.confirmed(outbound.claims)
    const told = await store.settleForgotten(confirmed, clock.now())
    this.#remembered.drop(told)
    if (told.length > 0)
      events.tell(
        'error',
        new PosthasteError('PH_DATABASE_WENT_BACK', `${told.length} of the last ${confirmed.length}`),
      )
  }
}
