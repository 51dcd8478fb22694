import type { Claim, Settling } from '../store/store.ts'
import type { Delivered } from './deliver.ts'
import type { Slots } from './slots.ts'

/** A claim from its dispatch until its outcome is durable. Its slot is free for whatever the turn claims that makes it so. */
export interface Underway {
  readonly claim: Claim
  readonly slots: Slots
  /** Under which it was claimed. */
  readonly workerId: string
  readonly claimedAt: number
  delivered: Delivered | undefined
}

/** Outcomes that wait to be settled: all that came while the last turn ran go with the next one. */
export class Outbound {
  readonly #underway = new Map<string, Underway>()
  #done: Underway[] = []

  get size(): number {
    return this.#underway.size
  }

  get hasSuspect(): boolean {
    return [...this.#underway.values()].some(({ claim }) => claim.rescues > 0)
  }

  begin(one: Underway): void {
    this.#underway.set(key(one.claim), one)
    one.slots.take(one.claim.lane, one.claimedAt)
  }

  deliver(one: Underway, delivered: Delivered): void {
    one.delivered = delivered
    this.#done.push(one)
  }

  /** For the turn that settles them: it may claim for their slots. */
  takeDone(): Underway[] {
    const done = this.#done
    this.#done = []
    for (const { claim, slots } of done) slots.free(claim.lane)
    return done
  }

  /** They could not be settled: they go first with the next turn. */
  putBack(done: readonly Underway[]): void {
    this.#done = [...done, ...this.#done]
    for (const { claim, slots } of done) slots.retake(claim.lane)
  }

  /** What takeDone gave is settled. */
  finish({ claim }: Underway): void {
    this.#underway.delete(key(claim))
  }

  giveUp({ claim, slots }: Underway): void {
    if (this.#underway.delete(key(claim))) slots.free(claim.lane)
  }

  get claims(): Claim[] {
    return [...this.#underway.values()].map(({ claim }) => claim)
  }
}

export function settlingOf({ delivered }: Underway): Settling[] {
  return delivered ? [{ settlement: delivered.settlement, attempt: delivered.attempt }] : []
}

function key({ mailId, token }: Claim): string {
  return `${mailId} ${token}`
}
