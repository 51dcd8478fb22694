import { type Bookmarked, bookmarkKey, type Claim } from '../store/store.ts'

/** How often at least a claim begins at the beginning, and how many times as long as that took it may go on without. */
const lookEvery = 100
const worthTimes = 10

/**
 * Where claims left off, lane by lane. Behind a backlog the index begins with what was claimed before: entries that the database may not remove
 * while some transaction could still see them, or has not removed yet. A claim walks over all of them. While claims come back full the next
 * goes on where the last one ended; what became due before that place, or was committed late, waits for the next look from the beginning.
 * Measured with a transaction left open for 90,000 deliveries: 2 ms a turn instead of 14.
 */
export class Bookmarks {
  readonly #places = new Map<string, number>()
  #lookAt = 0
  #began = 0
  #isWhole = true

  /** Where the claim that is made now begins; undefined: at the beginning. */
  begin(now: number): Bookmarked | undefined {
    this.#began = now
    this.#isWhole = this.#places.size === 0 || now >= this.#lookAt
    return this.#isWhole ? undefined : this.#places
  }

  /** That claim passes over what was due before the places where it begins. */
  get passesOver(): boolean {
    return !this.#isWhole
  }

  /** What came of it. Less than was wanted: there is no backlog. */
  end(claims: readonly Claim[], { wanted, now }: { wanted: number; now: number }): void {
    if (claims.length < wanted) {
      this.#places.clear()
      return
    }
    for (const { stream, lane, dueAt } of claims) {
      const key = bookmarkKey(stream, lane)
      this.#places.set(key, Math.max(this.#places.get(key) ?? 0, dueAt))
    }
    if (this.#isWhole) this.#lookAt = now + Math.max(lookEvery, worthTimes * (now - this.#began))
  }
}
