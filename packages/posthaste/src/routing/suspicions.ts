import type { TransportFault } from '../outcome.ts'
import { comparedDomain } from '../refusal.ts'

/** How long what one mail met counts against the transport. Milliseconds. */
const countsFor = 60_000

/** So soon after the last time, it is the same trouble. Milliseconds. */
const sameTrouble = 600_000

/** So many in a row, and mail like them is suspected, too. */
const severalMails = 3

/** So many times the slots in a row are the transport's, where other mail passed after the last time: claims come in turn from both ends of a lane. */
const whereOthersPass = 4

/** What tells a mail from a different one. */
export interface Suspect {
  /** Of the envelope; '' is the null sender. */
  readonly sender: string
  readonly recipients: readonly { readonly address: string }[]
}

interface Suspicion {
  readonly sender: string
  readonly domains: readonly string[]
  readonly at: number
  /** How many mails alike, one after another. */
  readonly met: number
}

/** Faults that may be those of one mail alone. They are the transport's once different mails have met the same, and nothing was accepted between. */
export class Suspicions {
  readonly #known = new Map<string, Suspicion>()
  readonly #confirmed = { isOn: false, since: 0, last: Number.NEGATIVE_INFINITY }
  readonly #whereOthersPass: number
  #inARow = 0

  /** @param slots of the transport */
  constructor(slots: number) {
    this.#whereOthersPass = whereOthersPass * slots
  }

  /**
   * Since when different mails have met the same, which may all be to blame; undefined once something was accepted. Where that
   * begins anew soon, it is told since the first time.
   */
  get confirmedSince(): number | undefined {
    return this.#confirmed.isOn ? this.#confirmed.since : undefined
  }

  /** Since when some mail only meets faults while other mail is accepted; undefined where it is not so, or no longer. */
  othersPassSince(now: number): number | undefined {
    const { isOn, since, last } = this.#confirmed
    return !isOn && now - last < sameTrouble ? since : undefined
  }

  /** Has a mail lately met what may be its own fault, and nothing was accepted since? */
  isAny(now: number): boolean {
    return [...this.#known.values()].some(({ at }) => now - at < countsFor)
  }

  /** Notes the fault; true where a mail of another sender's domain, or to other domains, has met the same lately, and no other mail passes. */
  confirms({ kind, reply }: TransportFault, suspect: Suspect, now: number): boolean {
    const key = `${kind} ${reply?.code ?? ''}`
    const origin = originOf(suspect)
    const last = this.#known.get(key)
    const known = last && now - last.at < countsFor ? last : undefined
    const isDifferent = known !== undefined && isOther(known, origin)
    this.#inARow++
    const othersPass = this.othersPassSince(now) !== undefined && this.#inARow < this.#whereOthersPass
    if (isDifferent && !othersPass) {
      this.#confirm(now)
      return true
    }
    this.#known.set(key, { ...origin, at: now, met: known && !isDifferent ? known.met + 1 : 1 })
    return false
  }

  #confirm(now: number): void {
    if (now - this.#confirmed.last > sameTrouble) this.#confirmed.since = now
    this.#confirmed.last = now
    this.#confirmed.isOn = true
  }

  /** Would it meet what several mails like it have met lately, and only those? */
  covers(suspect: Suspect, now: number): boolean {
    if (this.#known.size === 0) return false
    const origin = originOf(suspect)
    return [...this.#known.values()].some(
      (known) => known.met >= severalMails && now - known.at < countsFor && !isOther(known, origin),
    )
  }

  /** The transport accepted a mail; as the first after a back-off, of which others may know what confirmed it. */
  clear({ now, endsBackoff }: { now: number; endsBackoff: boolean }): void {
    if (endsBackoff && this.#known.size > 0) this.#confirm(now)
    this.#known.clear()
    this.#inARow = 0
    this.#confirmed.isOn = false
  }
}

type SuspectOrigin = Pick<Suspicion, 'sender' | 'domains'>

function originOf({ sender, recipients }: Suspect): SuspectOrigin {
  return {
    sender: comparedDomain(sender),
    domains: recipients.map(({ address }) => comparedDomain(address)),
  }
}

function isOther(one: SuspectOrigin, { sender, domains }: SuspectOrigin): boolean {
  return one.sender !== sender || !domains.some((domain) => one.domains.includes(domain))
}
