import type { Confirmed } from '../store/store.ts'
import type { Underway } from './underway.ts'

const most = 1_000

/** The last acceptances that the database has confirmed, for the case that it forgets them. Any other outcome does no harm when it is tried again. */
export class Remembered {
  readonly #confirmed = new Map<string, Omit<Confirmed, 'isHeld'>>()

  /** With what is under way again. */
  confirmed(held: readonly { mailId: string }[]): Confirmed[] {
    const again = new Set(held.map(({ mailId }) => mailId))
    return [...this.#confirmed].map(([mailId, one]) => ({ ...one, isHeld: again.has(mailId) }))
  }

  /** Of each mail the last. */
  keep({ delivered, workerId }: Underway): void {
    if (!delivered?.settlement.accepted || !delivered.attempt) return
    const { settlement, attempt } = delivered
    this.#confirmed.delete(settlement.mailId)
    this.#confirmed.set(settlement.mailId, { settlement, attempt, workerId })
    const [oldest] = this.#confirmed.keys()
    if (this.#confirmed.size > most && oldest !== undefined) this.#confirmed.delete(oldest)
  }

  drop(mailIds: readonly string[]): void {
    for (const mailId of mailIds) this.#confirmed.delete(mailId)
  }
}
