import type { SettleVerdict } from '../store/store.ts'
import type { InFlight } from './in-flight.ts'

export interface BudgetOptions {
  /** At most this many mails. @default no bound */
  readonly max?: number | undefined
  /** Stops when this many were deferred. @default no bound */
  readonly maxDeferred?: number | undefined
}

/** What one pass counts. */
export interface PassCounts {
  sent: number
  deferred: number
  failed: number
  suppressed: number
  held: number
}

/** Counts what was delivered, and says how much may still be begun. */
export class Budget {
  readonly counts: PassCounts = { sent: 0, deferred: 0, failed: 0, suppressed: 0, held: 0 }
  readonly #max: number
  readonly #maxDeferred: number
  #begun = 0

  constructor({ max, maxDeferred }: BudgetOptions) {
    this.#max = max ?? Number.POSITIVE_INFINITY
    this.#maxDeferred = maxDeferred ?? Number.POSITIVE_INFINITY
  }

  get left(): number {
    return this.leftAfter([])
  }

  /** When these will have been settled. */
  leftAfter(done: readonly InFlight[]): number {
    const deferred = done.filter(({ delivered }) => delivered?.settlement.state === 'queued').length
    return this.counts.deferred + deferred >= this.#maxDeferred ? 0 : this.#max - this.#begun
  }

  countBegun(): void {
    this.#begun++
  }

  count({ delivered }: InFlight, verdict: SettleVerdict): void {
    if (!delivered || verdict !== 'settled') return
    const { state } = delivered.settlement
    if (state === 'queued') this.counts.deferred++
    else if (state === 'sent' || state === 'failed' || state === 'suppressed' || state === 'held')
      this.counts[state]++
  }
}
