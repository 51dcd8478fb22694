import type { Row, Value } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { State } from '../../mail/mail.ts'
import { isAllowed, unsentStates } from '../../mail/transitions.ts'
import type { Engine } from '../engine.ts'
import { ask, type Steps } from '../statement.ts'
import type { Added, NewEntry } from './new-mail.ts'

/**
 * Somebody has the key: gives the first mail where it is the same, takes the key over where its mail will never be delivered.
 *
 * @throws {PH_IDEMPOTENCY_CONFLICT} the first mail differs
 */
export function* settleConflict({ mail, body }: NewEntry, engine: Engine): Steps<Added | undefined> {
  const key: Value = mail.idempotencyKey
  const { rows } = yield* ask(
    `select ${engine.idText('mail_id')} as id, hash from ${engine.tables.idempotency} where idempotency_key = ?${current(engine)}`,
    [key],
  )
  const holder = rows[0]
  const id = holder ? engine.readId(holder.id) : mail.id
  if (!holder || id === mail.id) return undefined
  const first = yield* deliveryOf(id, engine)
  if (!first || isFree(first) || (id === mail.replaces && isCancellable(first))) {
    yield* takeOver({ key, hash: body.hash(), to: mail.id, from: id }, engine)
    return undefined
  }
  if (holder.hash !== body.hash())
    throw new PosthasteError('PH_IDEMPOTENCY_CONFLICT', `'${key}' belongs to mail ${id}`)
  return { id, messageId: String(first.letter), status: 'duplicate', suppressed: [] }
}

/** Asked only about a mail that is not ours: locking what is not there, MySQL would lock the gap that everybody inserts into. */
function* deliveryOf(id: string, engine: Engine): Steps<Row | undefined> {
  const { delivery, mail } = engine.tables
  const { rows } = yield* ask(
    // One word each: some apps have names with an underscore turned into others.
    `select d.state, d.unknowns, case when d.dispatched_at is null then 0 else 1 end as dispatched, m.message_id as letter from ${delivery} d join ${mail} m on m.id = d.mail_id
     where d.mail_id = ?${current(engine)}`,
    [engine.id(id)],
  )
  return rows[0]
}

/** It was not delivered, and may be queued anew: such mail gives its key back. */
function isFree({ state, unknowns }: Row): boolean {
  return unsentStates.includes(state as State) && Number(unknowns) === 0
}

function isCancellable({ state, dispatched }: Row): boolean {
  return isAllowed('cancel', { state: state as State, isDispatched: Number(dispatched) !== 0 })
}

interface TakeOver {
  readonly key: Value
  readonly hash: string
  readonly to: string
  readonly from: string
}

function* takeOver({ key, hash, to, from }: TakeOver, engine: Engine): Steps<void> {
  yield {
    sql: `update ${engine.tables.idempotency} set mail_id = ?, hash = ? where idempotency_key = ? and mail_id = ?`,
    params: [engine.id(to), hash, key, engine.id(from)],
  }
}

/** Differs because in a MySQL transaction a plain read shows an old snapshot, in which the first mail may be missing. */
function current(engine: Engine): string {
  return engine.kind === 'mysql' ? engine.forUpdate.sql : ''
}
