import { domainKey } from './mail/address-key.ts'
import { domainOf } from './mail/addresses.ts'
import type { Outcome, RecipientOutcome, Reply } from './outcome.ts'

/** What mail may share a fate by. */
export interface Origin {
  readonly stream: string
  /** The domain of the envelope's sender; '' is the null sender. */
  readonly sender: string
  readonly tenant: string | null
}

/** One recipient's refusal that may still be the transport's fault: nothing was accepted after it. */
export interface Refusal extends Origin {
  readonly mailId: string
  readonly seq: number
  readonly transport: string
  /** The recipient's. */
  readonly domain: string
  /** Without what differs from mail to mail. */
  readonly reply: string
  /** It speaks of the sender: mail of another sender proves nothing. */
  readonly isSenders: boolean
  /** The first time. */
  readonly refusedAt: number
}

export function originOf({ stream, sender, tenant }: Origin): Origin {
  return { stream, sender: comparedDomain(sender), tenant }
}

/** The domain of an address, as domains are compared. */
export function comparedDomain(address: string): string {
  return domainKey(domainOf(address)) ?? domainOf(address)
}

/** The refusals of an outcome that need a proof. Where one recipient was accepted none does, because the transport took the mail. */
export function unprovenOf(outcome: Outcome): readonly RecipientOutcome[] {
  if (outcome.type !== 'answered') return []
  if (outcome.recipients.some(({ verdict }) => verdict === 'accepted')) return []
  return outcome.recipients.filter(isUnproven)
}

/** The outcome with every refusal proven. */
export function proven(outcome: Outcome): Outcome {
  if (outcome.type !== 'answered' || !outcome.recipients.some(isUnproven)) return outcome
  const recipients = outcome.recipients.map((one) => (isUnproven(one) ? { ...one, proven: true } : one))
  return { ...outcome, recipients }
}

/** A refusal that may still be the transport's fault. */
export function isUnproven({ verdict, proven }: RecipientOutcome): boolean {
  return verdict === 'rejected' && proven === false
}

/** A reply without what differs from mail to mail: addresses, host names, numbers, ids. */
export function comparedReply({ code, enhanced, text }: Reply): string {
  const words = text
    .slice(0, 500)
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '' && !particular.test(word))
  return [code, enhanced, ...words]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 200)
}

const particular = /[\d@/\\:=_]|\.[^.]/
