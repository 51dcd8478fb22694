import type { MailQueue } from '../packages/posthaste/src/index.ts'

/** What must be nothing, and what may be. */
export interface Findings {
  committed: number
  delivered: number
  refused: number
  held: number
  /** Committed, and neither accepted by the server nor settled in a way that its policy allows. */
  lost: string[]
  /** Never committed, and accepted all the same. */
  phantom: string[]
  /** Copies beyond the first of mail that is flagged for each of them. */
  flagged: number
  /** Copies that no flag tells of. */
  unflagged: string[]
  /** Sent twice though it said hold, or sent though it was refused. */
  outOfPolicy: string[]
  /** Flags that no second copy came of: doubt, and nothing more. */
  doubts: number
}

export interface Evidence {
  readonly orders: readonly string[]
  readonly ledger: ReadonlyMap<string, number>
  readonly mail: MailQueue
}

interface Row {
  readonly state: string
  readonly unknowns: number
  readonly attempts: number
  /** Milliseconds since it was due. */
  readonly overdue: number
}

/** Compares what the app committed, what the queue recorded and what the server accepted. */
export async function check({ orders, ledger, mail }: Evidence): Promise<Findings> {
  const rows = await readRows(mail)
  const found: Findings = {
    committed: orders.length,
    delivered: 0,
    refused: 0,
    held: 0,
    lost: [],
    phantom: [],
    flagged: 0,
    unflagged: [],
    outOfPolicy: [],
    doubts: 0,
  }
  for (const order of orders) judge(order, rows.get(order), ledger.get(`${order}@example.com`) ?? 0, found)
  const committed = new Set(orders.map((order) => `${order}@example.com`))
  found.phantom = [...ledger.keys()].filter((address) => !committed.has(address))
  return found
}

function judge(order: string, row: Row | undefined, copies: number, found: Findings): void {
  if (copies > 0) found.delivered++
  if (row?.state === 'held') found.held++
  if (row?.state === 'failed') found.refused++
  if (!isSettled(order, row, copies))
    found.lost.push(`${order} ×${copies}: ${JSON.stringify(row ?? 'no row')}`)
  const unknowns = row?.unknowns ?? 0
  found.flagged += Math.min(unknowns, Math.max(0, copies - 1))
  found.doubts += Math.max(0, unknowns - Math.max(0, copies - 1))
  if (copies - 1 > unknowns) found.unflagged.push(`${order} ×${copies}, flagged ${unknowns}`)
  if (copies > 1 && order.startsWith('hold')) found.outOfPolicy.push(`${order} ×${copies}`)
  if (copies > 0 && order.startsWith('never')) found.outOfPolicy.push(`${order} ×${copies}`)
}

function isSettled(order: string, row: Row | undefined, copies: number): boolean {
  if (row?.state === 'sent') return copies > 0
  if (row?.state === 'held') return order.startsWith('hold') && row.unknowns > 0
  return row?.state === 'failed' && order.startsWith('never')
}

async function readRows(mail: MailQueue): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>()
  for (let after: string | undefined; ; ) {
    const page = await mail.find({ all: true }, { limit: 500, ...(after && { after }) })
    for (const { subject, state, unknowns, attempts, dueAt } of page.items)
      rows.set(subject, { state, unknowns, attempts, overdue: Date.now() - dueAt.getTime() })
    if (!page.next) return rows
    after = page.next
  }
}
