import type { Row } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { State } from '../../mail/mail.ts'
import { isAllowed } from '../../mail/transitions.ts'
import type { Engine } from '../engine.ts'
import { empty, type Sql, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import { isFor, isKeyFree } from '../transition-sql.ts'
import type { Enqueued, NewEntry, NewMail } from './new-mail.ts'
import { envelopeHash, keyTenant } from './rows.ts'

/** What is known of the mail that has a key. */
export interface Holder {
  readonly id: string
  readonly messageId: string
  readonly hash: string
  readonly envelope: string
}

/** A key as its mail had it before a mail of this call took it over. */
export interface TakenKey extends Pick<Holder, 'id' | 'hash' | 'envelope'> {
  readonly by: NewMail
}

export interface KeyTerms {
  readonly engine: Engine
  /**
   * What a read needs so that it shows what is committed now: in a MySQL transaction a plain one shows an old snapshot.
   */
  readonly lock: Sql
  /** What is taken over is added. */
  readonly taken: TakenKey[]
}

/**
 * Another mail has the key: gives the first mail where it goes to the same people, takes the key over where its mail
 * will never be delivered. Nothing is taken over without a lock: the mail may be revived at the same time.
 *
 * @throws {PH_IDEMPOTENCY_CONFLICT} the first mail differs
 */
export function* settleConflict(
  entry: NewEntry,
  { engine, lock, taken }: KeyTerms,
): Steps<Enqueued | undefined> {
  const { mail } = entry
  const held = yield* keyRow(mail, engine, lock)
  const id = held ? engine.readId(held.id) : mail.id
  if (!held || id === mail.id) return undefined
  const first = yield* deliveryOf(id, engine, lock)
  if (!first || isFree(first) || (id === mail.replaces && isCancellable(first))) {
    const { rows } = engine.locks
    if (lock !== rows) return yield* settleConflict(entry, { engine, lock: rows, taken })
    yield* takeOver(entry, id, engine)
    taken.push({ id, hash: String(held.hash), envelope: String(held.envelope), by: mail })
    return undefined
  }
  const { hash, envelope } = held
  return duplicateOf(entry, {
    ...{ id, messageId: String(first.letter), hash: String(hash), envelope: String(envelope) },
  })
}

/** Where the mails that took these keys over are not stored. */
export function* giveKeysBack(taken: readonly TakenKey[], engine: Engine): Steps<void> {
  for (const { id, hash, envelope, by } of taken.toReversed())
    yield sql`update ${engine.tables.idempotency}
set mail_id = ${engine.id(id)}, hash = ${hash}, envelope = ${envelope}
where tenant = ${keyTenant(by)} and idempotency_key = ${by.idempotencyKey} and mail_id = ${engine.id(by.id)}`
}

/**
 * @throws {PH_IDEMPOTENCY_CONFLICT} the recipients differ: a constant key must not drop mail to others. Or the content
 * differs, and `onConflict` is 'refuse'.
 */
export function duplicateOf({ mail, body }: NewEntry, { id, messageId, hash, envelope }: Holder): Enqueued {
  const key = mail.idempotencyKey ?? ''
  if (envelope !== envelopeHash(mail, key))
    throw new PosthasteError('PH_IDEMPOTENCY_CONFLICT', `'${key}' belongs to mail ${id}, to other recipients`)
  const sameContent = hash === body.hash()
  if (!sameContent && mail.onConflict === 'refuse')
    throw new PosthasteError(
      'PH_IDEMPOTENCY_CONFLICT',
      `'${key}' belongs to mail ${id}, whose content differs`,
    )
  return { id, messageId, status: 'duplicate', duplicate: true, sameContent, suppressed: [] }
}

/** Of two mails of one call with one key: what the second is. @throws {PH_IDEMPOTENCY_CONFLICT} as above */
export function duplicateWithin({ mail, body }: NewEntry, second: NewEntry): Enqueued {
  const { id, messageId } = mail
  const envelope = envelopeHash(mail, mail.idempotencyKey ?? '')
  return duplicateOf(second, { id, messageId, hash: body.hash(), envelope })
}

/** The key and its tenant, in one. */
export function keyName({ tenant, idempotencyKey }: NewMail): string {
  return JSON.stringify([keyTenant({ tenant }), idempotencyKey])
}

/**
 * Frees the key where its mail will never be delivered. Any other mail keeps its key. For `toSQL`, which cannot read
 * what its statements return.
 */
export function freeKey({ tenant, idempotencyKey, replaces }: NewMail, engine: Engine): Sql {
  const { idempotency, delivery } = engine.tables
  const replaced =
    replaces === null
      ? empty
      : sql` or (d.mail_id = ${engine.id(replaces)}${engine.cast('uuid')} and ${isFor('cancel')})`
  return sql`delete from ${idempotency}
where tenant = ${keyTenant({ tenant })} and idempotency_key = ${idempotencyKey}
and mail_id in (select d.mail_id from ${delivery} d where (${isKeyFree('d')})${replaced})`
}

/** Locks it first, so that its mail is not revived between the look and the deletion. */
export function lockKey({ tenant, idempotencyKey }: NewMail, engine: Engine): Sql {
  return sql`select 1 as locked from ${engine.tables.idempotency}
where tenant = ${keyTenant({ tenant })} and idempotency_key = ${idempotencyKey}${engine.locks.rows}`
}

function* keyRow({ tenant, idempotencyKey }: NewMail, engine: Engine, lock: Sql): Steps<Row | undefined> {
  const { rows } = yield* ask(sql`select ${engine.idText('mail_id')} as id, hash, envelope
from ${engine.tables.idempotency}
where tenant = ${keyTenant({ tenant })} and idempotency_key = ${idempotencyKey}${lock}`)
  return rows[0]
}

/**
 * Asked only about a mail that is not ours: locking what is not there, MySQL would lock the gap that all insert into.
 */
function* deliveryOf(id: string, engine: Engine, lock: Sql): Steps<Row | undefined> {
  const { delivery, mail } = engine.tables
  // One word each: some apps have names with an underscore turned into others.
  const { rows } = yield* ask(sql`select d.state, m.message_id as letter,
case when ${isKeyFree('d')} then 1 else 0 end as free,
case when d.dispatched_at is null then 0 else 1 end as dispatched
from ${delivery} d join ${mail} m on m.id = d.mail_id
where d.mail_id = ${engine.id(id)}${lock === empty ? empty : engine.locks.rowsOf('d')}`)
  return rows[0]
}

/** It was not delivered, and may be queued anew. */
function isFree({ free }: Row): boolean {
  return Number(free) === 1
}

function isCancellable({ state, dispatched }: Row): boolean {
  return isAllowed('cancel', { state: state as State, isDispatched: Number(dispatched) === 1 })
}

function* takeOver({ mail, body }: NewEntry, from: string, engine: Engine): Steps<void> {
  const key = mail.idempotencyKey ?? ''
  yield sql`update ${engine.tables.idempotency}
set mail_id = ${engine.id(mail.id)}, hash = ${body.hash()}, envelope = ${envelopeHash(mail, key)}
where tenant = ${keyTenant(mail)} and idempotency_key = ${key} and mail_id = ${engine.id(from)}`
}
