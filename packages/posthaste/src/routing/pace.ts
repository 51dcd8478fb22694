/** How much the newest measurement counts. */
const weight = 0.2
/** What a conversation is taken to last before the first has ended. Milliseconds. */
const unknownConversation = 50

/**
 * How many mails are worth claiming ahead of free slots: as many as go out while a turn commits. A server far away takes longer over a mail than
 * any commit, and gets none; beside a fast one, slots would wait for commits half of the time.
 */
export class Pace {
  #turn = 0
  #conversation = Number.POSITIVE_INFINITY

  /** A turn took so many milliseconds. */
  turned(ms: number): void {
    this.#turn += weight * (ms - this.#turn)
  }

  /** How long a turn takes, of late. Milliseconds. */
  get turn(): number {
    return this.#turn
  }

  /** How long a mail's way through its transport takes, of late. Milliseconds; a guess before the first. */
  get conversation(): number {
    return Number.isFinite(this.#conversation) ? this.#conversation : unknownConversation
  }

  /** A mail's way through its transport did. */
  delivered(ms: number): void {
    const first = this.#conversation === Number.POSITIVE_INFINITY
    this.#conversation = first ? ms : this.#conversation + weight * (ms - this.#conversation)
  }

  /** Never more than there are slots: whatever was claimed is in doubt when the worker dies. */
  ahead(slots: number): number {
    return Math.min(slots, Math.floor((slots * this.#turn) / Math.max(this.#conversation, 0.1)))
  }
}
