import type { Value } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { Dialect } from '../dialect.ts'
import { ask, type Steps } from '../statement.ts'
import type { Added, NewEntry } from './new-mail.ts'

/** States whose mail gives its key back: it was not delivered, and may be queued anew. */
const free = ['cancelled', 'failed', 'suppressed']

/**
 * Somebody has the key: gives the first mail where it is the same, takes the key over where its mail will never be delivered.
 *
 * @throws {PH_IDEMPOTENCY_CONFLICT} the first mail differs
 */
export function* settleConflict({ mail, body }: NewEntry, dialect: Dialect): Steps<Added | undefined> {
  const { idempotency, delivery, mail: mails } = dialect.tables
  const key: Value = mail.idempotencyKey
  const { rows } = yield* ask(
    `select i.mail_id, i.hash, d.state, d.unknowns, m.message_id from ${idempotency} i
     left join ${delivery} d on d.mail_id = i.mail_id left join ${mails} m on m.id = i.mail_id
     where i.idempotency_key = ?${current(dialect)}`,
    [key],
  )
  const first = rows[0]
  if (!first) return undefined
  const id = dialect.readId(first.mail_id)
  if (id === mail.id) return undefined
  if (first.state === null || (free.includes(String(first.state)) && Number(first.unknowns) === 0)) {
    yield* takeOver(mail.id, id, { key, hash: body.hash }, dialect)
    return undefined
  }
  if (first.hash !== body.hash)
    throw new PosthasteError('PH_IDEMPOTENCY_CONFLICT', `'${key}' belongs to mail ${id}`)
  return { id, messageId: String(first.message_id), status: 'duplicate', suppressed: [] }
}

export function* takeOver(
  to: string,
  from: string,
  { key, hash }: { key: Value; hash: string },
  dialect: Dialect,
): Steps<void> {
  yield {
    sql: `update ${dialect.tables.idempotency} set mail_id = ?, hash = ? where idempotency_key = ? and mail_id = ?`,
    params: [dialect.id(to), hash, key, dialect.id(from)],
  }
}

/** Differs because in a MySQL transaction a plain read shows an old snapshot, in which the first mail may be missing. */
function current(dialect: Dialect): string {
  return dialect.kind === 'mysql' ? dialect.forUpdate : ''
}
