import type { Outlet } from './intake.ts'
import type { Slots } from './slots.ts'
import type { HalfOpen } from './transports.ts'

/** Most mails that are claimed at once for transports that are not known yet, and how many at first. */
const batch = { first: 10, most: 500 }
/** Most mails that are claimed at once where transports are known to have room. */
const mostForRoom = 100
/** How often more is claimed while every transport that is known is full. Milliseconds. */
const lookEvery = 100

/**
 * What is claimed where a function chooses the transport: as much as the transports in use have room for, and a few more, in growing batches,
 * while nothing of it could begin, so that mail of a full transport does not stand before that of another.
 */
export class RoutedOutlet implements Outlet {
  readonly retryRoom = Number.POSITIVE_INFINITY
  readonly #slots: () => readonly Slots[]
  readonly #halfOpen: (now: number) => readonly HalfOpen[]
  readonly #tried = new Map<string, number>()
  readonly #triedLast = new Map<string, number>()
  #batch = 0
  #lookAt = 0
  #openAtLook = 0
  /** Claimed mail whose transport is not known yet. */
  waiting = 0

  constructor(slots: () => readonly Slots[], halfOpen: (now: number) => readonly HalfOpen[]) {
    this.#slots = slots
    this.#halfOpen = halfOpen
  }

  room(now: number): number {
    const { open, kept } = this.#open(now)
    const isHeldUp = now < this.#lookAt && open <= this.#openAtLook
    if (isHeldUp) return 0
    const wanted = open > 0 ? Math.max(open, this.#batch) : Math.max(batch.first, this.#batch)
    return Math.max(0, wanted + kept - this.waiting)
  }

  /** The slots that are kept for high priority are all that is free somewhere. */
  isFilledBy(): boolean {
    return this.#keptIsFree
  }

  /** Those of a transport that one mail may try now. Told once for each fault: mail of the others is not to be claimed in such an order for long. */
  faults(now: number): number {
    const next = this.#halfOpen(now).find(({ name, faults }) => this.#tried.get(name) !== faults)
    if (!next) return 0
    this.#tried.set(next.name, next.faults)
    return next.faults
  }

  /** What stands last may be another transport's: so for one that backed off it is told once for each fault, too. */
  claimsLastOf(now: number, claims: number): number | undefined {
    for (const slots of this.#slots()) {
      const { backoff, transport } = slots
      const last = backoff.isActive(now) ? undefined : slots.claimsLastOf(now, claims)
      if (last === undefined || this.#triedLast.get(transport.name) === backoff.faults) continue
      if (backoff.isHalfOpen) this.#triedLast.set(transport.name, backoff.faults)
      return last
    }
    return undefined
  }

  #keptIsFree = false

  #open(now: number): { open: number; kept: number } {
    let open = 0
    this.#keptIsFree = false
    for (const slots of this.#slots()) {
      const one = slots.openAndKept(now)
      open += one.open
      this.#keptIsFree ||= one.kept
    }
    return { open: Math.min(open, mostForRoom), kept: this.#keptIsFree ? 1 : 0 }
  }

  /** What became of the mail that a turn claimed. */
  claimed({ begun, returned }: { begun: number; returned: number }, now: number): void {
    const { open } = this.#open(now)
    const isFruitless = begun === 0 && returned > 0
    this.#batch = isFruitless ? Math.min(batch.most, Math.max(batch.first, this.#batch * 2)) : 0
    this.#lookAt = isFruitless || open === 0 ? now + lookEvery : 0
    this.#openAtLook = open
  }

  waitFor(now: number): number | undefined {
    return this.room(now) < 1 && now < this.#lookAt ? this.#lookAt - now : undefined
  }
}
