import type { Executor, Row } from '../../connections/database.ts'
import { again } from '../again.ts'
import type { StoreBase } from '../base.ts'
import type { Dialect, JsonColumns } from '../dialect.ts'
import { dropBodies } from '../drop-bodies.ts'
import type { Confirmed } from '../store.ts'
import { attemptRow } from './settle-rows.ts'
import { lockDelivery, settleFact } from './settle-stale.ts'
import { writeSettlings } from './stepwise-settle.ts'

interface At {
  readonly now: number
  readonly dialect: Dialect
}

/**
 * Settles once more what was settled and is no longer written: the database was restored, or failed over to a copy that lagged. As with any
 * late settlement, an acceptance is a fact. Gives the ids of those mails.
 */
export async function settleForgotten(
  { database, dialect }: StoreBase,
  confirmed: readonly Confirmed[],
  now: number,
): Promise<string[]> {
  if (confirmed.length === 0) return []
  const ids = await forgottenAmong(database, confirmed, dialect)
  for (const one of confirmed)
    if (ids.has(one.settlement.mailId))
      await again(() => database.transaction((tx) => settleAgain(tx, one, { now, dialect })))
  return [...ids]
}

const columns = {
  mail_id: 'id',
  token: 'bigint',
  worker: 'text',
  started_at: 'bigint',
} as const satisfies JsonColumns

/**
 * Whose line of history is gone while the mail is not. Tokens prove nothing here: a database that has gone back gives the same ones again. A line
 * that a rescue had written before ours stood in its place then.
 */
async function forgottenAmong(
  executor: Executor,
  confirmed: readonly Confirmed[],
  dialect: Dialect,
): Promise<Set<string>> {
  const given = confirmed.map(({ attempt }) => {
    const { mail_id, token, worker, started_at } = attemptRow(attempt, dialect)
    return { mail_id, token, worker, started_at }
  })
  const { delivery, attempt } = dialect.tables
  const { rows } = await executor.query(
    `select d.mail_id from ${dialect.jsonRows('g', columns)}
     ${dialect.lookup(delivery, 'd')} on d.mail_id = ${dialect.fromJsonId('g.mail_id')}
     where not exists (select 1 from ${attempt} a where a.mail_id = d.mail_id and a.token = g.token
       and (a.outcome = 'died' or (a.worker = g.worker and a.started_at = g.started_at)))`,
    [JSON.stringify(given)],
  )
  return new Set(rows.map(({ mail_id }) => dialect.readId(mail_id)))
}

async function settleAgain(tx: Executor, one: Confirmed, { now, dialect }: At): Promise<void> {
  const { settlement } = one
  const current = await lockDelivery(tx, settlement.mailId, dialect)
  if (!current || !(await forgottenAmong(tx, [one], dialect)).has(settlement.mailId)) return
  if (!isItsClaim(one, current, dialect)) {
    await settleFact(tx, one, { now, dialect, current })
    return
  }
  await writeSettlings(tx, [one], { now, dialect })
  if (settlement.dropBody) await dropBodies(tx, [settlement.mailId], dialect)
}

/** The very claim that it settled has come back, and nobody is at it. */
function isItsClaim({ settlement, workerId, isHeld }: Confirmed, current: Row, dialect: Dialect): boolean {
  return (
    !isHeld &&
    current.state === 'sending' &&
    Number(current.token) === settlement.token &&
    current.worker_id !== null &&
    dialect.readId(current.worker_id) === workerId
  )
}
