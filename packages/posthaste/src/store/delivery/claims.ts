import { withTransactionRetry } from '../database-errors.ts'
import type { JsonColumns, StoreBase } from '../engine.ts'
import { StoredRow } from '../rows.ts'
import type { ClaimRef } from '../store.ts'
import { changesOf } from '../transition-sql.ts'

const columns = { mail_id: 'id', token: 'bigint', due_at: 'bigint' } as const satisfies JsonColumns

/** The token grows, so that nothing done under the claim counts any more. */
export async function returnClaims(
  { database, engine }: StoreBase,
  claims: readonly ClaimRef[],
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
 * Gives back the claims that the database holds for this worker and that the worker does not know of: the answer to its
 * turn was lost. Tells how many.
 */
export async function returnLostClaims(
  base: StoreBase,
  workerId: string,
  { held, dueAt }: { held: readonly ClaimRef[]; dueAt: number },
): Promise<number> {
  const { database, engine } = base
  const { rows } = await database.query(
    `select mail_id, token from ${engine.tables.delivery} where state = 'sending' and worker_id = ?`,
    [engine.id(workerId)],
  )
  const known = new Set(held.map(({ mailId, token }) => `${mailId} ${token}`))
  const claims = rows.map((row) => ({
    mailId: engine.readId(row.mail_id),
    token: new StoredRow(row).token('token'),
  }))
  const lost = claims.filter(({ mailId, token }) => !known.has(`${mailId} ${token}`))
  await returnClaims(base, lost, dueAt)
  return lost.length
}

/** The durable mark before the body leaves; false where the claim is lost. */
export async function dispatch(
  { database, engine }: StoreBase,
  claim: ClaimRef,
  now: number,
): Promise<boolean> {
  const { affected } = await database.query(
    `update ${engine.tables.delivery} set dispatched_at = ? where mail_id = ? and token = ? and state = 'sending'`,
    [now, engine.id(claim.mailId), claim.token],
  )
  return affected === 1
}
