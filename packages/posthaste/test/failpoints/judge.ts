import type { MailQueue } from '../../src/index.ts'
import type { Order } from './scenarios.ts'

/** The first four must be nothing. */
export interface Judgement {
  /** Committed, and neither accepted by the server nor settled in a way that its policy allows; stuck mail too. */
  readonly lost: string[]
  /** Accepted by the server, and not so in the record, or never committed. */
  readonly phantom: string[]
  /** Copies beyond the first that no flag tells of. */
  readonly unflagged: string[]
  /** A second copy of mail that said hold. */
  readonly outOfPolicy: string[]
  flagged: number
  held: number
}

export interface Books {
  readonly orders: readonly Order[]
  /** How often the server accepted mail for each address. */
  readonly ledger: ReadonlyMap<string, number>
  readonly mail: MailQueue
}

/** Compares what was committed, what the queue recorded and what the server accepted. */
export async function judge({ orders, ledger, mail }: Books): Promise<Judgement> {
  const found: Judgement = { lost: [], phantom: [], unflagged: [], outOfPolicy: [], flagged: 0, held: 0 }
  for (const order of orders) judgeOne(order, await mail.get(order.id), { ledger, found })
  const known = new Set(orders.flatMap(({ to }) => to))
  for (const address of ledger.keys()) if (!known.has(address)) found.phantom.push(address)
  return found
}

function judgeOne(
  order: Order,
  record: Awaited<ReturnType<MailQueue['get']>>,
  { ledger, found }: { ledger: Books['ledger']; found: Judgement },
): void {
  const about = (address: string) =>
    `${address} ×${ledger.get(address) ?? 0}: ${record?.state} (${record?.reason}), flagged ${record?.unknowns}`
  if (record?.state === 'held') found.held++
  for (const address of order.to) {
    const copies = ledger.get(address) ?? 0
    const unknowns = record?.unknowns ?? 0
    const state = record?.recipients.find((one) => one.address === address)?.state
    if (!isSettled(order, record, { address, state, copies })) found.lost.push(about(address))
    if (copies > 0 && address.startsWith('never-')) found.phantom.push(about(address))
    found.flagged += Math.min(unknowns, Math.max(0, copies - 1))
    if (copies - 1 > unknowns) found.unflagged.push(about(address))
    if (copies > 1 && order.onUnknown === 'hold') found.outOfPolicy.push(about(address))
  }
}

/** By recipient: a mail to two of whom one is refused has failed, and the other has it. */
function isSettled(
  { onUnknown, to }: Order,
  record: Awaited<ReturnType<MailQueue['get']>>,
  { address, state, copies }: { address: string; state: string | undefined; copies: number },
): boolean {
  if (record?.state === 'held') return onUnknown === 'hold' && record.unknowns > 0
  if (address.startsWith('never-')) return record?.state === 'failed' && state === 'rejected'
  const ended = to.some((one) => one.startsWith('never-')) ? 'failed' : 'sent'
  return record?.state === ended && state === 'accepted' && copies > 0
}
