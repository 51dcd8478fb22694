import { isBusy, isUnreachable } from '../store/database-errors.ts'
import type { SettleVerdict, Settling } from '../store/store.ts'
import { type InFlight, settlingOf } from './in-flight.ts'

/** Writes these settlements in one transaction. */
export type Write = (settle: readonly Settling[]) => Promise<SettleVerdict[]>

/** After so many mails in a row that cannot be settled at all, the fault is the database's. */
const mostInRow = 3

/** Whether settling again in parts may help: it does not where the database cannot be asked at all. */
export function mayHelp(error: unknown, done: readonly InFlight[]): boolean {
  return done.length > 0 && !isUnreachable(error) && !isBusy(error)
}

/** What came of settling in parts. */
export interface Apart {
  readonly verdicts: Map<InFlight, SettleVerdict>
  /** Mails that the database did not take even without foreign text. */
  readonly refused: InFlight[]
  /** Why it ended before all were tried. */
  failed?: { readonly error: unknown }
}

/**
 * Settles in halves what cannot be settled together, so that one settlement that cannot be written holds up no other. The one is then settled without
 * any foreign text.
 */
export async function settleApart(done: readonly InFlight[], write: Write): Promise<Apart> {
  const apart: Apart = { verdicts: new Map(), refused: [] }
  await settleHalves({ apart, write, inRow: 0 }, done).catch((error) => {
    apart.failed = { error }
  })
  return apart
}

interface Settler {
  readonly apart: Apart
  readonly write: Write
  /** How many were refused since the last that was settled. */
  inRow: number
}

async function settleHalves(settler: Settler, done: readonly InFlight[]): Promise<void> {
  const [one, ...others] = done
  if (one && others.length === 0) return settleAlone(settler, one)
  const middle = Math.ceil(done.length / 2)
  for (const half of [done.slice(0, middle), done.slice(middle)])
    if (await fails(settler, half, settlingOf)) await settleHalves(settler, half)
}

/** Its state and its reason are ours; only text from outside can be what the database refuses. */
async function settleAlone(settler: Settler, one: InFlight): Promise<void> {
  const failed = await fails(settler, [one], (it) => settlingOf(it).map(withoutText))
  if (!failed) return
  settler.apart.refused.push(one)
  if (++settler.inRow === mostInRow) throw failed.error
}

/** What went wrong, if settling in smaller parts may help; undefined where they are settled. */
async function fails(
  settler: Settler,
  done: readonly InFlight[],
  settling: (one: InFlight) => Settling[],
): Promise<{ error: unknown } | undefined> {
  try {
    const verdicts = await settler.write(done.flatMap(settling))
    for (const [index, one] of done.entries()) settler.apart.verdicts.set(one, verdicts[index] ?? 'stale')
    settler.inRow = 0
    return undefined
  } catch (error) {
    if (!mayHelp(error, done)) throw error
    return { error }
  }
}

function withoutText({ settlement, attempt }: Settling): Settling {
  const recipients = settlement.recipients.map(({ seq, state }) => ({ seq, state }))
  return {
    settlement: { ...settlement, recipients },
    attempt: attempt && { ...attempt, ...textless, recipients: [] },
  }
}

const textless = {
  reply: 'The database refused to store what was said',
  enhanced: null,
  errorCode: null,
  remote: null,
  tls: null,
  serverMessageId: null,
}
