import type { TransportFault } from '../outcome.ts'
import { comparedDomain } from '../refusal.ts'

/** How long what one mail met counts against the transport. Milliseconds. */
const countsFor = 60_000

/** So soon after the last time, it is the same trouble. Milliseconds. */
const sameTrouble = 600_000

/** So many in a row, and mail like them is suspected, too. */
const severalMails = 3

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

  /**
   * Since when different mails have met the same, which may all be to blame; undefined once something was accepted. Where that
   * begins anew soon, it is told since the first time.
   */
  get confirmedSince(): number | undefined {
    return this.#confirmed.isOn ? this.#confirmed.since : undefined
  }

  /** Notes the fault; true where a mail of another sender's domain, or to other domains, has met the same lately. */
  confirms({ kind, reply }: TransportFault, suspect: Suspect, now: number): boolean {
    const key = `${kind} ${reply?.code ?? ''}`
    const origin = originOf(suspect)
    const last = this.#known.get(key)
    const known = last && now - last.at < countsFor ? last : undefined
    if (known && isOther(known, origin)) {
      this.#confirm(now)
      return true
    }
    this.#known.set(key, { ...origin, at: now, met: (known?.met ?? 0) + 1 })
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

  /** The transport accepted a mail. */
  clear(): void {
    this.#known.clear()
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
