import type { TransportFault } from '../outcome.ts'
import { comparedDomain } from '../refusal.ts'

/** How long what one mail met counts against the transport. Milliseconds. */
const countsFor = 60_000

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
}

/** Faults that may be those of one mail alone. They are the transport's once different mails have met the same, and nothing was accepted between. */
export class Suspicions {
  readonly #known = new Map<string, Suspicion>()

  /** Notes the fault; true where a mail of another sender's domain, or to other domains, has met the same lately. */
  confirms({ kind, reply }: TransportFault, { sender, recipients }: Suspect, now: number): boolean {
    const key = `${kind} ${reply?.code ?? ''}`
    const suspicion = {
      sender: comparedDomain(sender),
      domains: recipients.map(({ address }) => comparedDomain(address)),
      at: now,
    }
    const known = this.#known.get(key)
    if (known && now - known.at < countsFor && isOther(known, suspicion)) return true
    this.#known.set(key, suspicion)
    return false
  }

  /** The transport accepted a mail. */
  clear(): void {
    this.#known.clear()
  }
}

function isOther(one: Suspicion, { sender, domains }: Suspicion): boolean {
  return one.sender !== sender || !domains.some((domain) => one.domains.includes(domain))
}
