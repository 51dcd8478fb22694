import type { Executor } from '../../connections/database.ts'
import type { Filter } from '../../filter.ts'
import { transitions } from '../../mail/transitions.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { deleteGiven, idsParam, lockGiven, updateGiven } from '../given-ids.ts'
import type { Acted, OperatorAction, Superseded } from '../store.ts'
import { changesOf, isFor } from '../transition-sql.ts'
import { eachBatch } from './each-batch.ts'
import { lockKeys, noKeys, withoutSuperseded } from './keys.ts'

export interface Acting {
  readonly action: OperatorAction
  readonly filter: Filter
  readonly now: number
}

/** Each mail is changed only if it is still in a state that the action is for. */
export async function act(base: StoreBase, { action, filter, now }: Acting): Promise<Acted> {
  const { engine } = base
  const superseded = new Map<string, Superseded>()
  const changed = await eachBatch(base, { filter, also: isFor(action) }, (tx, ids) =>
    apply(tx, ids, { action, now, engine, superseded }),
  )
  return { changed, superseded: [...superseded.values()] }
}

/**
 * Locked in the order of ids before they are changed, so that the count is exact and nothing deadlocks with a worker.
 */
async function apply(
  tx: Executor,
  ids: readonly string[],
  { action, now, engine, superseded }: Applying,
): Promise<number> {
  const taken = transitions[action].needsKey ? await lockKeys(tx, ids, engine) : noKeys
  const { delivery, recipient, refusal } = engine.tables
  const table = { table: delivery, key: 'mail_id' }
  const { rows } = await tx.query(
    lockGiven(engine, { ...table, select: 'd.mail_id', where: isFor(action) }),
    [idsParam(engine, ids)],
  )
  const ready = withoutSuperseded(
    rows.map(({ mail_id }) => engine.readId(mail_id)),
    taken,
    superseded,
  )
  if (ready.length === 0) return 0
  const locked = [idsParam(engine, ready, now)]
  await tx.query(updateGiven(engine, { ...table, set: changesOf(action, { now: 'x.now' }) }), locked)
  if (action === 'retry') {
    await tx.query(updateGiven(engine, { table: recipient, key: 'mail_id', ...askAgain }), locked)
    await tx.query(deleteGiven(engine, refusal, 'mail_id'), locked)
  }
  await eraseEnded(tx, ready, engine)
  return ready.length
}

interface Applying {
  readonly action: OperatorAction
  readonly now: number
  readonly engine: Engine
  readonly superseded: Map<string, Superseded>
}

/** Recipients that were refused are asked again, because a person says so. */
const askAgain = { set: { state: "'pending'", settled_at: 'null' }, where: "d.state = 'rejected'" }
