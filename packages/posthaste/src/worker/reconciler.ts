import type { Clock } from '../clock.ts'
import { PosthasteError } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Claim, ClaimRef, Confirmed, DeliveryStore } from '../store/store.ts'
import type { InFlight, InFlightSet } from './in-flight.ts'
import type { Lease } from './lease.ts'

/** Of how many mails the acceptances are remembered. */
const most = 1_000

export interface Reconciling {
  readonly store: DeliveryStore
  readonly clock: Clock
  readonly lease: Lease
  readonly inFlight: InFlightSet
  readonly events: Events
}

/**
 * What the database and this worker know differently. First, claims that it holds for this worker and that the worker does not know: their turn failed
 * and was committed all the same, or they could not be given back. Second, outcomes that it had confirmed and knows no longer: it has gone back in
 * time. Looked for between two turns, so that nothing counts as lost that is only on its way; and once more a while later, for the server may
 * still have been at it.
 */
export class Reconciler {
  readonly #context: Reconciling
  readonly #recent = new RecentAcceptances()
  #looks = 0
  #lookAt = 0

  constructor(context: Reconciling) {
    this.#context = context
  }

  request(): void {
    this.#looks = 2
    this.#lookAt = 0
  }

  /** It is settled, as far as the database knows today. */
  remember(one: InFlight): void {
    this.#recent.keep(one)
  }

  /**
   * Those of these claims that may begin. A token is given once, so the claim of a mail that this worker has sent, or is sending, under that token or
   * a later one shows that the database has gone back. Such a claim stays as it is until the database is told.
   */
  withoutKnown(claims: readonly Claim[]): readonly Claim[] {
    if (claims.length === 0) return claims
    const held = new Map(this.#context.inFlight.claims.map(({ mailId, token }) => [mailId, token]))
    const isKnown = ({ mailId, token }: Claim) =>
      (held.get(mailId) ?? -1) >= token || this.#recent.lastToken(mailId) >= token
    const fresh = claims.filter((claim) => !isKnown(claim))
    if (fresh.length < claims.length) this.request()
    return fresh
  }

  async run(): Promise<void> {
    const { clock, lease, store, inFlight } = this.#context
    if (this.#looks === 0 || clock.monotonic() < this.#lookAt) return
    await this.#settleForgotten()
    await store.returnLostClaims(lease.id, { held: inFlight.claims, dueAt: clock.now() })
    this.#looks--
    this.#lookAt = clock.monotonic() + lease.interval
  }

  /** First: a claim that is settled is not given back. */
  async #settleForgotten(): Promise<void> {
    const { clock, store, inFlight, events } = this.#context
    const confirmed = this.#recent.confirmed(inFlight.claims)
    const settled = await store.settleForgotten(confirmed, clock.now())
    this.#recent.drop(settled)
    if (settled.length > 0)
      events.emit(
        'error',
        new PosthasteError('PH_DATABASE_ROLLED_BACK', `${settled.length} of the last ${confirmed.length}`),
      )
  }
}

type Acceptance = Omit<Confirmed, 'isHeld'>

/** The last acceptances that the database has confirmed, for the case that it forgets them. Any other outcome does no harm when it is tried again. */
class RecentAcceptances {
  readonly #confirmed = new Map<string, Acceptance[]>()

  /** With what is under way again. */
  confirmed(held: readonly ClaimRef[]): Confirmed[] {
    const again = new Set(held.map(({ mailId }) => mailId))
    return [...this.#confirmed].flatMap(([mailId, all]) =>
      all.map((one) => ({ ...one, isHeld: again.has(mailId) })),
    )
  }

  /** Under which the mail was accepted last. */
  lastToken(mailId: string): number {
    return this.#confirmed.get(mailId)?.at(-1)?.settlement.token ?? -1
  }

  /** All of a mail: each may be of other recipients. */
  keep({ delivered, workerId }: InFlight): void {
    if (!delivered?.settlement.accepted || !delivered.attempt) return
    const { settlement, attempt } = delivered
    const before = this.#confirmed.get(settlement.mailId) ?? []
    this.#confirmed.delete(settlement.mailId)
    this.#confirmed.set(settlement.mailId, [...before, { settlement, attempt, workerId }])
    const [oldest] = this.#confirmed.keys()
    if (this.#confirmed.size > most && oldest !== undefined) this.#confirmed.delete(oldest)
  }

  drop(mailIds: readonly string[]): void {
    for (const mailId of mailIds) this.#confirmed.delete(mailId)
  }
}
