import type { Executor, Value } from '../../connections/database.ts'
import { checkFilter, type Filter } from '../../filter.ts'
import { again } from '../again.ts'
import type { StoreBase } from '../base.ts'
import type { Dialect } from '../dialect.ts'
import { givenIds, idsParam, inGiven } from '../given-ids.ts'
import type { OperatorAction } from '../store.ts'
import { matchingIds } from './matching.ts'

const mailsAtOnce = 1_000

export interface Acting {
  readonly action: OperatorAction
  readonly filter: Filter
  readonly now: number
}

/** Batch after batch, from the newest mail to the oldest; each mail is changed only if it is still in a state that the action is for. */
export async function act(
  { database, dialect }: StoreBase,
  { action, filter, now }: Acting,
): Promise<number> {
  checkFilter(filter)
  const change = changes(now)[action]
  let changed = 0
  for (let after: string | undefined; ; ) {
    const ids = await matchingIds(
      database,
      { filter, dialect },
      { limit: mailsAtOnce, after, also: change.from },
    )
    if (ids.length > 0)
      changed += await again(() => database.transaction((tx) => apply(tx, ids, { change, dialect })))
    if (ids.length < mailsAtOnce) return changed
    after = ids.at(-1)
  }
}

interface Change {
  /** Condition on the delivery `d`. */
  readonly from: string
  readonly set: string
  readonly params: readonly Value[]
  /** Are recipients that were refused asked again? */
  readonly asksAgain?: true
}

function changes(now: number): Record<OperatorAction, Change> {
  const unclaimed = 'token = token + 1, worker_id = null, claimed_at = null'
  return {
    // Asked for by hand, mail that had expired or killed its workers gets a new chance.
    retry: {
      from: "d.state in ('failed', 'held', 'cancelled', 'queued') and d.has_body = 1",
      set: `state = 'queued', expires_at = case when reason = 'expired' then null else expires_at end, reason = null, due_at = ?,
        rescues = 0, settled_at = null, token = token + 1`,
      params: [now],
      asksAgain: true,
    },
    cancel: {
      from: "(d.state in ('queued', 'held') or (d.state = 'sending' and d.dispatched_at is null))",
      set: `state = 'cancelled', reason = null, settled_at = ?, ${unclaimed}`,
      params: [now],
    },
    hold: {
      from: "d.state = 'queued'",
      set: "state = 'held', reason = 'by-hand', token = token + 1",
      params: [],
    },
    release: {
      from: "d.state = 'held'",
      set: "state = 'queued', reason = null, token = token + 1",
      params: [],
    },
  }
}

/** Locked in the order of ids before they are changed, so that the count is exact and nothing deadlocks with a worker. */
async function apply(
  tx: Executor,
  ids: readonly string[],
  { change, dialect }: { change: Change; dialect: Dialect },
): Promise<number> {
  const { delivery, recipient } = dialect.tables
  const { rows } = await tx.query(
    `select d.mail_id from ${givenIds(dialect)} ${dialect.joinInner} ${delivery} d on d.mail_id = ${dialect.fromJsonId('x.id')}
     where ${change.from}${dialect.kind === 'postgres' ? ' order by d.mail_id for update of d' : dialect.forUpdate}`,
    [idsParam(dialect, ids)],
  )
  if (rows.length === 0) return 0
  const locked = idsParam(
    dialect,
    rows.map(({ mail_id }) => dialect.readId(mail_id)),
  )
  await tx.query(`update ${delivery} set ${change.set} where ${inGiven(dialect, 'mail_id')}`, [
    ...change.params,
    locked,
  ])
  if (change.asksAgain)
    await tx.query(
      `update ${recipient} set state = 'pending', settled_at = null where state = 'rejected' and ${inGiven(dialect, 'mail_id')}`,
      [locked],
    )
  return rows.length
}
