import type { Row, Value } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { State } from '../../mail/mail.ts'
import { isAllowed, unsentStates } from '../../mail/transitions.ts'
import type { Engine } from '../engine.ts'
import { type Sql, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import type { Enqueued, NewEntry } from './new-mail.ts'

/**
 * Another mail has the key: gives the first mail where it is the same, takes the key over where its mail will never be
 * delivered.
 *
 * @param lock what a read needs so that it shows what is committed now: in a MySQL transaction a plain one shows an old
 * snapshot
 * @throws {PH_IDEMPOTENCY_CONFLICT} the first mail differs
 */
export function* settleConflict(
  { mail, body }: NewEntry,
  engine: Engine,
  lock: Sql,
): Steps<Enqueued | undefined> {
  const key = mail.idempotencyKey
  const { rows } = yield* ask(sql`select ${engine.idText('mail_id')} as id, hash
from ${engine.tables.idempotency}
where idempotency_key = ${key}${lock}`)
  const holder = rows[0]
  const id = holder ? engine.readId(holder.id) : mail.id
  if (!holder || id === mail.id) return undefined
  const first = yield* deliveryOf(id, engine, lock)
  if (!first || isFree(first) || (id === mail.replaces && isCancellable(first))) {
    yield* takeOver({ key, hash: body.hash(), to: mail.id, from: id }, engine)
    return undefined
  }
  if (holder.hash !== body.hash())
    throw new PosthasteError('PH_IDEMPOTENCY_CONFLICT', `'${key}' belongs to mail ${id}`)
  return { id, messageId: String(first.letter), status: 'duplicate', suppressed: [] }
}

/**
 * Asked only about a mail that is not ours: locking what is not there, MySQL would lock the gap that all insert into.
 */
function* deliveryOf(id: string, engine: Engine, lock: Sql): Steps<Row | undefined> {
  const { delivery, mail } = engine.tables
  // One word each: some apps have names with an underscore turned into others.
  const { rows } = yield* ask(sql`select d.state, d.unknowns, m.message_id as letter,
case when d.dispatched_at is null then 0 else 1 end as dispatched
from ${delivery} d join ${mail} m on m.id = d.mail_id
where d.mail_id = ${engine.id(id)}${lock}`)
  return rows[0]
}

/** It was not delivered, and may be queued anew. */
function isFree({ state, unknowns }: Row): boolean {
  return unsentStates.some((one) => one === state) && Number(unknowns) === 0
}

function isCancellable({ state, dispatched }: Row): boolean {
  return isAllowed('cancel', { state: state as State, isDispatched: Number(dispatched) === 1 })
}

interface TakeOver {
  readonly key: Value
  readonly hash: string
  readonly to: string
  readonly from: string
}

function* takeOver({ key, hash, to, from }: TakeOver, engine: Engine): Steps<void> {
  yield sql`update ${engine.tables.idempotency} set mail_id = ${engine.id(to)}, hash = ${hash}
where idempotency_key = ${key} and mail_id = ${engine.id(from)}`
}
