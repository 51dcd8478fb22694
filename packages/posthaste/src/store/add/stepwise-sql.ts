import type { Engine } from '../engine.ts'
import { join, raw, Sql, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import { changesOf, isFor } from '../transition-sql.ts'
import type { ChunkRow } from './contents.ts'
import { contentId, type NewBody, type NewEntry, type NewMail } from './new-mail.ts'
import {
  deliveryColumns,
  deliveryRow,
  envelopeHash,
  keyTenant,
  mailColumns,
  mailRow,
  tableOf,
  tagColumns,
  useColumns,
} from './rows.ts'
import { type RecipientKey, rowsStillPresent } from './stored-rows.ts'

type Rows = readonly Record<string, string | number | null>[]

/** The keys of what was stored beside the mails. */
export interface StoredRows {
  readonly recipients: readonly RecipientKey[]
  readonly uses: Rows
  readonly chunks: readonly ChunkRow[]
}

/** The mail rows, where `where` is so. */
export function insertMails(engine: Engine, mails: readonly NewMail[], where: Sql): Sql {
  const rows = mails.map((mail) => mailRow(mail, engine))
  const names = Object.keys(mailColumns)
  const values = names.map((name) =>
    name === 'id' || name === 'resent_from' ? engine.fromJsonId(`g.${name}`) : raw(`g.${name}`),
  )
  return sql`insert into ${engine.tables.mail} (${raw(names.join(', '))})
select ${join(values)} from ${tableOf(engine, 'g', mailColumns, rows)}
where ${where}`
}

export function deleteMails(engine: Engine, ids: readonly string[]): Sql {
  return sql`delete from ${engine.tables.mail} where id in (${idList(engine, ids)})`
}

function idList(engine: Engine, ids: readonly string[]): Sql {
  return join(ids.map((id) => sql`${engine.id(id)}`))
}

export function insertKey(engine: Engine, { mail, body }: NewEntry, key: string): Sql {
  const columns = ['tenant', 'idempotency_key', 'mail_id', 'hash', 'envelope']
  const text = engine.insertIgnore(engine.tables.idempotency, columns, 'values (?, ?, ?, ?, ?)')
  return new Sql(text, [keyTenant(mail), key, engine.id(mail.id), body.hash(), envelopeHash(mail, key)])
}

/** By key, which has an index. */
export function deleteKey(engine: Engine, { tenant, idempotencyKey, id }: NewMail): Sql {
  return sql`delete from ${engine.tables.idempotency}
where tenant = ${keyTenant({ tenant })}
and idempotency_key = ${idempotencyKey}
and mail_id = ${engine.id(id)}`
}

/** The mail row, where another mail has its key. */
export function deleteWithoutKey(engine: Engine, { id, tenant, idempotencyKey }: NewMail): Sql {
  const { idempotency, mail } = engine.tables
  return sql`delete from ${mail}
where id = ${engine.id(id)} and not exists (
  select 1 from ${idempotency} i
  where i.tenant = ${keyTenant({ tenant })} and i.idempotency_key = ${idempotencyKey}
  and i.mail_id = ${engine.id(id)}
)`
}

export function insertBody(engine: Engine, id: string, { document, mime, size, contents }: NewBody): Sql {
  const { body, mail } = engine.tables
  const ids = contents.length > 0 ? JSON.stringify(contents.map(contentId)) : null
  return sql`insert into ${body} (mail_id, document, mime, mime_size, size, contents)
select m.id, ${document}, ${mime}, ${mime?.length ?? null}, ${size}, ${ids} from ${mail} m
where m.id = ${engine.id(id)}`
}

export function updateHeader(engine: Engine, mail: NewMail): Sql {
  const { message_id, subject, subject_key } = mailRow(mail, engine)
  return sql`update ${engine.tables.mail}
set message_id = ${message_id}, subject = ${subject}, subject_key = ${subject_key}
where id = ${engine.id(mail.id)}`
}

export function insertTags(engine: Engine, rows: Rows): Sql {
  const { tag, mail } = engine.tables
  return sql`insert into ${tag} (mail_id, tag)
select m.id, x.tag from ${tableOf(engine, 'x', tagColumns, rows)}
${engine.lookup(mail, 'm')} on m.id = ${engine.fromJsonId('x.mail_id')}`
}

export function insertUses(engine: Engine, rows: Rows): Sql {
  const { content_use, mail } = engine.tables
  return sql`insert into ${content_use} (mail_id, content_id)
select m.id, ${engine.fromJsonId('u.content_id')} from ${tableOf(engine, 'u', useColumns, rows)}
${engine.lookup(mail, 'm')} on m.id = ${engine.fromJsonId('u.mail_id')}`
}

/**
 * Mails that are replaced and not under way are cancelled, which gives their keys back; only those of the same tenant,
 * and only where the new mail can be claimed: else neither would go.
 */
export function* cancelReplaced(engine: Engine, mails: readonly NewMail[]): Steps<void> {
  const { delivery, mail } = engine.tables
  for (const { id, replaces, createdAt } of mails) {
    if (replaces === null) continue
    const text = engine.updateFrom({
      table: delivery,
      from: engine.jsonRows('x', { id: 'id', replaced_by: 'id', now: 'bigint' }),
      joins: `${engine.lookup(delivery, 'n')} on n.mail_id = ${engine.fromJsonId('x.replaced_by')}`,
      on: `d.mail_id = ${engine.fromJsonId('x.id')} and ${isFor('cancel')}
and exists (select 1 from ${mail} o join ${mail} m on coalesce(m.tenant, '') = coalesce(o.tenant, '')
  where o.id = d.mail_id and m.id = ${engine.fromJsonId('x.replaced_by')})`,
      set: changesOf('cancel', { now: 'x.now' }),
    })
    const given = { id: engine.jsonId(replaces), replaced_by: engine.jsonId(id), now: createdAt }
    yield new Sql(text, [JSON.stringify([given])])
  }
}

interface Deliverable {
  readonly entry: NewEntry
  readonly state: string
}

/** The claimable rows, all or none; tells how many were stored. */
export function* addDeliveries(
  engine: Engine,
  given: readonly Deliverable[],
  stored: StoredRows,
): Steps<number> {
  const { delivery, mail, body } = engine.tables
  const rows = given.map(({ entry, state }) => deliveryRow(entry, engine, state))
  const { affected } = yield* ask(sql`insert into ${delivery}
(mail_id, state, stream, lane, due_at, expires_at, has_body, settled_at)
select m.id, x.state, x.stream, x.lane, x.due_at, m.expires_at, x.has_body,
case when x.state = 'suppressed' then x.created_at end
from ${tableOf(engine, 'x', deliveryColumns, rows)}
${engine.lookup(mail, 'm')} on m.id = ${engine.fromJsonId('x.id')}
${engine.lookup(body, 'b')} on b.mail_id = m.id
where ${rowsStillPresent(
    engine,
    given.map(({ entry }) => entry),
    stored,
  )}`)
  return affected
}
