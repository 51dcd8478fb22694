import type { JsonColumns, StoreBase } from '../engine.ts'
import { withTransactionRetry } from '../transaction-retry.ts'
import { changesOf } from '../transition-sql.ts'

const columns = { mail_id: 'id', token: 'bigint', due_at: 'bigint' } as const satisfies JsonColumns

export interface Held {
  readonly mailId: string
  readonly token: number
}

/** The token grows, so that nothing done under the claim counts any more. */
export async function release(
  { database, engine }: StoreBase,
  claims: readonly Held[],
  dueAt: number,
): Promise<void> {
  if (claims.length === 0) return
  const rows = claims.map(({ mailId, token }) => ({
    mail_id: engine.jsonId(mailId),
    token,
    due_at: Math.round(dueAt),
  }))
  const sql = engine.updateFrom({
    table: engine.tables.delivery,
    from: engine.jsonRows('x', columns),
    on: `d.mail_id = ${engine.fromJsonId('x.mail_id')} and d.token = x.token and d.state = 'sending'`,
    set: changesOf('returnClaim', { now: 'x.due_at', due_at: 'x.due_at' }),
  })
  const given = JSON.stringify(rows.sort((a, b) => (a.mail_id < b.mail_id ? -1 : 1)))
  await withTransactionRetry(() => database.query(sql, [given]))
}

/**
 * Gives back the claims that the database holds for this worker and that the worker does not know of: the answer to its turn was lost.
 * Tells how many.
 */
export async function releaseLost(
  base: StoreBase,
  workerId: string,
  { held, dueAt }: { held: readonly Held[]; dueAt: number },
): Promise<number> {
  const { database, engine } = base
  const { rows } = await database.query(
    `select mail_id, token from ${engine.tables.delivery} where state = 'sending' and worker_id = ?`,
    [engine.id(workerId)],
  )
  const known = new Set(held.map(({ mailId, token }) => `${mailId} ${token}`))
  const claims = rows.map((row) => ({ mailId: engine.readId(row.mail_id), token: Number(row.token) }))
  const lost = claims.filter(({ mailId, token }) => !known.has(`${mailId} ${token}`))
  await release(base, lost, dueAt)
  return lost.length
}
