import type { Executor, Row } from '../../connections/database.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { Engine, JsonColumns, StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { StoredRow } from '../rows.ts'
import type { Confirmed } from '../store.ts'
import { attemptRow } from './settle-rows.ts'
import { lockDelivery, settleFact } from './settle-stale.ts'
import { type At, writeSettlings } from './stepwise-settle.ts'

/**
 * Settles once more what was settled and is no longer written: the database was restored, or failed over to a copy that
 * lagged. As with any late settlement, an acceptance is a fact. Gives the ids of those mails.
 */
export async function settleForgotten(
  { database, engine }: StoreBase,
  confirmed: readonly Confirmed[],
  now: number,
): Promise<string[]> {
  if (confirmed.length === 0) return []
  const ids = await forgottenAmong(database, confirmed, engine)
  for (const one of confirmed)
    if (ids.has(one.settlement.mailId))
      await withTransactionRetry(() => database.transaction((tx) => settleAgain(tx, one, { now, engine })))
  return [...ids]
}

const columns = {
  mail_id: 'id',
  token: 'bigint',
  worker: 'text',
  started_at: 'bigint',
} as const satisfies JsonColumns

/**
 * Whose line of history is gone while the mail is not. Tokens prove nothing here: a database that has gone back gives
 * the same ones again.
 */
async function forgottenAmong(
  executor: Executor,
  confirmed: readonly Confirmed[],
  engine: Engine,
): Promise<Set<string>> {
  const given = confirmed.map(({ attempt }) => {
    const { mail_id, token, worker, started_at } = attemptRow(attempt, engine)
    return { mail_id, token, worker, started_at }
  })
  const { delivery, attempt } = engine.tables
  const { rows } = await executor.query(
    `select d.mail_id from ${engine.jsonRows('g', columns)}
     ${engine.lookup(delivery, 'd')} on d.mail_id = ${engine.fromJsonId('g.mail_id')}
     where not exists (select 1 from ${attempt} a
       where a.mail_id = d.mail_id and a.token in (g.token, -g.token)
       and a.outcome <> 'died' and a.worker = g.worker and a.started_at = g.started_at)`,
    [JSON.stringify(given)],
  )
  return new Set(rows.map(({ mail_id }) => engine.readId(mail_id)))
}

async function settleAgain(tx: Executor, one: Confirmed, { now, engine }: At): Promise<void> {
  const { settlement } = one
  const current = await lockDelivery(tx, settlement.mailId, engine)
  if (!current || !(await forgottenAmong(tx, [one], engine)).has(settlement.mailId)) return
  if (!isItsClaim(one, current, engine)) {
    await settleFact(tx, one, { now, engine, current })
    return
  }
  await writeSettlings(tx, [one], { now, engine })
  await eraseEnded(tx, [settlement.mailId], engine)
}

/** The claim that it settled is in the table again, and no worker is sending that mail. */
function isItsClaim({ settlement, workerId, isHeld }: Confirmed, current: Row, engine: Engine): boolean {
  return (
    !isHeld &&
    current.state === 'sending' &&
    new StoredRow(current).token('token') === settlement.token &&
    current.worker_id !== null &&
    engine.readId(current.worker_id) === workerId
  )
}
