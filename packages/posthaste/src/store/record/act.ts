import type { Executor } from '../../connections/database.ts'
import type { Filter } from '../../filter.ts'
import type { StoreBase } from '../base.ts'
import { isCancellable } from '../cancellable.ts'
import type { Engine } from '../engine.ts'
import { idsParam, lockGiven, updateGiven } from '../given-ids.ts'
import type { OperatorAction } from '../store.ts'
import { eachBatch } from './each-batch.ts'

export interface Acting {
  readonly action: OperatorAction
  readonly filter: Filter
  readonly now: number
}

/** Each mail is changed only if it is still in a state that the action is for. */
export async function act(base: StoreBase, { action, filter, now }: Acting): Promise<number> {
  const change = changes[action]
  const { engine } = base
  return eachBatch(base, { filter, also: change.from }, (tx, ids) => apply(tx, ids, { change, now, engine }))
}

interface Change {
  /** Condition on the delivery `d`. */
  readonly from: string
  /** `x.now` is the time of the action. */
  readonly set: Readonly<Record<string, string>>
  /** Are recipients that were refused asked again? */
  readonly asksAgain?: true
}

const token = 'd.token + 1'

const changes: Record<OperatorAction, Change> = {
  // Asked for by hand, mail that had expired or killed its workers gets a new chance.
  retry: {
    from: "d.state in ('failed', 'held', 'cancelled', 'queued') and d.has_body = 1",
    set: {
      expires_at: "case when d.reason = 'expired' then null else d.expires_at end",
      state: "'queued'",
      reason: 'null',
      due_at: 'x.now',
      rescues: '0',
      settled_at: 'null',
      token,
    },
    asksAgain: true,
  },
  cancel: {
    from: isCancellable,
    set: {
      state: "'cancelled'",
      reason: 'null',
      settled_at: 'x.now',
      token,
      worker_id: 'null',
      claimed_at: 'null',
    },
  },
  hold: { from: "d.state = 'queued'", set: { state: "'held'", reason: "'by-hand'", token } },
  release: { from: "d.state = 'held'", set: { state: "'queued'", reason: 'null', token } },
}

/** Locked in the order of ids before they are changed, so that the count is exact and nothing deadlocks with a worker. */
async function apply(
  tx: Executor,
  ids: readonly string[],
  { change, now, engine }: Applying,
): Promise<number> {
  const { delivery, recipient } = engine.tables
  const table = { table: delivery, key: 'mail_id' }
  const { rows } = await tx.query(lockGiven(engine, { ...table, select: 'd.mail_id', where: change.from }), [
    idsParam(engine, ids),
  ])
  if (rows.length === 0) return 0
  const locked = [
    idsParam(
      engine,
      rows.map(({ mail_id }) => engine.readId(mail_id)),
      now,
    ),
  ]
  await tx.query(updateGiven(engine, { ...table, set: change.set }), locked)
  if (change.asksAgain)
    await tx.query(updateGiven(engine, { table: recipient, key: 'mail_id', ...askAgain }), locked)
  return rows.length
}

interface Applying {
  readonly change: Change
  readonly now: number
  readonly engine: Engine
}

const askAgain = { set: { state: "'pending'", settled_at: 'null' }, where: "d.state = 'rejected'" }
