import type { Events } from '../events.ts'
import type { Limiter } from '../routing/limiter.ts'
import type { Slots } from '../routing/slots.ts'
import type { Claim, SettleVerdict, Settling } from '../store/store.ts'
import type { Delivered } from './deliver.ts'

/** A claim from the turn that made it until its outcome is durable. Its slot is free for whatever the turn claims that makes it so. */
export interface InFlight {
  readonly claim: Claim
  /** Under which it was claimed. */
  readonly workerId: string
  /** Of its stream. */
  readonly limiter: Limiter | undefined
  /** Undefined until its transport is known and has taken it. */
  slots: Slots | undefined
  delivered: Delivered | undefined
}

/** Claims under way, and outcomes that wait to be settled: all that came while the last turn ran go with the next one. */
export class InFlightSet {
  readonly #inFlight = new Map<string, InFlight>()
  #done: InFlight[] = []
  readonly #aside = new Set<InFlight>()

  get size(): number {
    return this.#inFlight.size
  }

  /** How many a pass waits for: not for those that the database will not settle. */
  get awaited(): number {
    return this.#inFlight.size - this.#aside.size
  }

  /** How many wait for a transport to be named. */
  get waiting(): number {
    return [...this.#inFlight.values()].filter(({ slots, delivered }) => !slots && !delivered).length
  }

  /** What is under way by a transport. */
  begunBy(slots: Slots): Claim[] {
    const all = [...this.#inFlight.values()]
    return all.filter((one) => one.slots === slots && !one.delivered).map(({ claim }) => claim)
  }

  get hasSuspect(): boolean {
    return [...this.#inFlight.values()].some(({ claim }) => claim.rescues > 0)
  }

  add(one: InFlight): void {
    this.#inFlight.set(key(one.claim), one)
  }

  /** It takes a slot. */
  takeSlot(one: InFlight, slots: Slots, now: number): void {
    one.slots = slots
    slots.take(one.claim.lane, now)
    one.limiter?.take(1, now)
  }

  deliver(one: InFlight, delivered: Delivered): void {
    one.delivered = delivered
    this.#done.push(one)
  }

  /** For the turn that settles them: it may claim for their slots. */
  takeDone(): InFlight[] {
    const done = this.#done
    this.#done = []
    for (const { claim, slots } of done) slots?.free(claim.lane)
    return done
  }

  /** They could not be settled: they go first with the next turn. */
  putBack(done: readonly InFlight[]): void {
    this.#done = [...done, ...this.#done]
    for (const one of done) this.#aside.delete(one)
    for (const { claim, slots } of done) slots?.retake(claim.lane)
  }

  /** They are put back later. */
  setAside(refused: readonly InFlight[]): void {
    for (const one of refused) this.#aside.add(one)
  }

  /** What takeDone gave is settled. */
  finish({ claim }: InFlight): void {
    this.#inFlight.delete(key(claim))
  }

  giveUp({ claim, slots }: InFlight): void {
    if (this.#inFlight.delete(key(claim))) slots?.free(claim.lane)
  }

  get claims(): Claim[] {
    return [...this.#inFlight.values()].map(({ claim }) => claim)
  }
}

export function settlingOf({ delivered }: InFlight): Settling[] {
  return delivered ? [{ settlement: delivered.settlement, attempt: delivered.attempt }] : []
}

/** Emits what became of a mail, once it is durable. */
export function emitSettled(events: Events, { claim, delivered }: InFlight, verdict: SettleVerdict): void {
  if (!delivered) return
  const { settlement, attempt } = delivered
  const { mailId: id, messageId, stream, tenant } = claim
  const about = { id, messageId, stream, tenant, attempt: claim.attempts + 1 }
  const reply = attempt?.reply ?? null
  if (verdict !== 'settled') {
    events.emit('stale', { ...about, acceptance: verdict === 'recorded' })
    return
  }
  if (settlement.unknowns > claim.unknowns) events.emit('unknown', { ...about, policy: claim.onUnknown })
  if (settlement.state === 'sent') events.emit('sent', { ...about, ms: attempt?.ms ?? 0, reply })
  if (settlement.state === 'suppressed') events.emit('suppressed', about)
  if (settlement.state === 'failed') events.emit('failed', { ...about, reason: settlement.reason, reply })
  if (settlement.state === 'queued')
    events.emit('deferred', { ...about, nextAttemptAt: new Date(settlement.dueAt), reply })
}

/** A mail that failed as it was claimed: a person has edited its rows. */
export function emitUnreadable(events: Events, claim: Claim): void {
  const { mailId: id, messageId, stream, tenant, attempts, faults = [] } = claim
  const reply = `what its rows hold cannot be read: ${faults.join(', ')}`
  events.emit('failed', { id, messageId, stream, tenant, attempt: attempts + 1, reason: 'unreadable', reply })
}

function key({ mailId, token }: Claim): string {
  return `${mailId} ${token}`
}
