import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import { raw, type Sql, type Statement, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import { isKeyFree } from '../transition-sql.ts'
import type { NewEntry } from './new-mail.ts'
import { envelopeHash, keyTenant } from './rows.ts'

/** A new mail that replaces another one, as SQL. */
interface Replacing {
  readonly replaces: Statement
  readonly tenant: Statement
  readonly hash: Statement
  readonly envelope: Statement
}

/**
 * `from … where …`: the mail `i.mail_id` that holds the key of the replaced mail `m`, whose place it has. That mail
 * itself, asked for again, is none: it comes with the same key, recipients and content.
 */
export function superseding({ tables: t }: Engine, { replaces, tenant, hash, envelope }: Replacing): Sql {
  return sql`from ${t.mail} m
join ${t.idempotency} i on i.tenant = coalesce(m.tenant, '') and i.idempotency_key = m.idempotency_key
join ${t.delivery} d on d.mail_id = i.mail_id
where m.id = ${replaces} and coalesce(m.tenant, '') = ${tenant} and i.mail_id <> m.id
and not (${isKeyFree('d')})
and not (i.hash = coalesce(${hash}, '') and i.envelope = coalesce(${envelope}, ''))`
}

/**
 * Asked before anything is stored.
 *
 * @param lock as `settleConflict` wants it
 * @throws {PH_SUPERSEDED} two mails would stand in the place of the replaced one
 */
export function* refuseSuperseded({ mail, body }: NewEntry, engine: Engine, lock: Sql): Steps<void> {
  const { replaces, idempotencyKey: key } = mail
  if (replaces === null) return
  const text = engine.cast('text')
  const asked = superseding(engine, {
    replaces: sql`${engine.id(replaces)}${engine.cast('uuid')}`,
    tenant: sql`${keyTenant(mail)}`,
    hash: sql`${key === null ? null : body.hash()}${text}`,
    envelope: sql`${key === null ? null : envelopeHash(mail, key)}${text}`,
  })
  // One word each: some apps have names with an underscore turned into others.
  const { rows } = yield* ask(sql`select ${engine.idText('i.mail_id')} as id, m.idempotency_key as taken
${asked}${lock}`)
  const [holder] = rows
  if (!holder) return
  throw superseded({ id: replaces, idempotencyKey: String(holder.taken), holder: engine.readId(holder.id) })
}

interface Superseded {
  readonly id: string
  readonly idempotencyKey: string
  readonly holder: string
}

export function superseded({ id, idempotencyKey, holder }: Superseded): PosthasteError {
  return new PosthasteError(
    'PH_SUPERSEDED',
    `mail ${id} is superseded by mail ${holder}, which has its key '${idempotencyKey}'`,
  )
}

/** Of the columns of `g`, or of another alias. */
export function supersedingGiven(engine: Engine, alias: string): Sql {
  return superseding(engine, {
    replaces: raw(`${alias}.replaces`),
    tenant: raw(`${alias}.key_tenant`),
    hash: raw(`${alias}.hash`),
    envelope: raw(`${alias}.envelope`),
  })
}
