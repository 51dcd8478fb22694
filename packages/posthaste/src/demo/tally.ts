import type { MailQueue } from '../queue/mail-queue.ts'
import type { MailRecord } from '../queue/records.ts'
import type { Act, Fate } from './act.ts'
import { messageIdOf } from './received.ts'
import type { Accepted } from './smtp-talk.ts'

/** An act that was played, with the mail that it enqueued. */
export interface Played {
  readonly act: Act
  readonly mails: readonly { readonly id: string; readonly messageId: string }[]
  /** Milliseconds since 1970, before its transaction began. */
  readonly at: number
}

/** One figure from three sides. */
export interface Line {
  readonly title: string
  /** What became of its transaction. */
  readonly verb?: 'commit' | 'rollback'
  /** How many must arrive. */
  readonly expected: number
  readonly server: number
  readonly queue: number
  /** What the queue's figure counts: `sent`, `expired` … */
  readonly says: string
  readonly ok: boolean
}

/** An act with all that is known of it afterwards. */
export interface Outcome extends Played {
  /** In the order of the mails: every arrival, a second copy included. */
  readonly arrivals: readonly (readonly Accepted[])[]
  readonly records: readonly (MailRecord | undefined)[]
}

export async function outcomeOf(
  played: Played,
  accepted: readonly Accepted[],
  mail: MailQueue,
): Promise<Outcome> {
  const byMessageId = Map.groupBy(accepted, ({ body }) => messageIdOf(body))
  return {
    ...played,
    arrivals: played.mails.map(({ messageId }) => byMessageId.get(messageId) ?? []),
    records: await Promise.all(played.mails.map(({ id }) => mail.get(id))),
  }
}

/** Does what was committed agree with what the server counted and with what the queue has on record? */
export function lineOf(outcome: Outcome): Line {
  const { act, mails, arrivals, records } = outcome
  const expected = copiesOf(act).length
  const server = arrivals.flat().length
  const queue = records.filter((record) => record && fits(record, act.fate)).length
  return {
    title: act.title,
    expected,
    server,
    queue,
    says: act.fate === 'undone' ? 'rolled back' : act.fate,
    verb: act.fate === 'undone' ? 'rollback' : 'commit',
    ok:
      server === expected &&
      queue === (act.fate === 'undone' ? 0 : mails.length) &&
      mails.every((_, index) => agrees(outcome, index)),
  }
}

/** Every copy that must arrive, by its recipients. */
export function copiesOf({ arrivesAt, copies = 1 }: Act): (readonly string[])[] {
  const arriving = arrivesAt.filter(({ length }) => length > 0)
  return Array.from({ length: copies }, () => arriving).flat()
}

function fits({ state, reason, unknowns }: MailRecord, fate: Fate): boolean {
  if (unknowns !== (fate === 'flagged' || fate === 'held' ? 1 : 0)) return false
  if (fate === 'expired' || fate === 'rejected') return state === 'failed' && reason === fate
  return fate === 'undone' || state === (fate === 'flagged' ? 'sent' : fate)
}

/** Its recipients, as meant, as seen by the server, and as recorded; and its proof. */
function agrees({ act, at, arrivals, records }: Outcome, index: number): boolean {
  const meant = sorted(act.arrivesAt[index] ?? [])
  const copies = arrivals[index] ?? []
  const record = records[index]
  // What is held was accepted, and cannot have that on record.
  const recorded = act.fate === 'held' || sorted(acceptedBy(record)) === meant
  const known = { record, committedAt: at }
  const proven = copies.every((arrived) => act.proof?.(arrived, known) ?? true)
  return copies.every(({ to }) => sorted(to) === meant) && recorded && proven
}

/** Addresses at which the record says that it was accepted. */
function acceptedBy(record: MailRecord | undefined): string[] {
  return (record?.recipients ?? []).flatMap(({ state, address }) => (state === 'accepted' ? address : []))
}

function sorted(addresses: readonly string[]): string {
  return addresses.toSorted().join(' ')
}
