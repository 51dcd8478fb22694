import type { Dialect } from '../dialect.ts'
import { ask, type Statement, type Steps } from '../statement.ts'
import type { ChunkRow } from './content-steps.ts'
import { contentId, type NewBody, type NewEntry, type NewMail } from './new-mail.ts'
import { deliveryColumns, deliveryRow, mailColumns, mailRow, tagColumns, useColumns } from './rows.ts'
import { type RecipientWitness, witnessed } from './witnesses.ts'

export { addRecipients } from './stepwise-recipients.ts'

type Rows = readonly Record<string, string | number | null>[]

/** What stands for everything that was stored. */
export interface Witnesses {
  readonly recipients: readonly RecipientWitness[]
  readonly uses: Rows
  readonly chunks: readonly ChunkRow[]
}

export function insertMails(dialect: Dialect, rows: Rows, where: Statement): Statement {
  const names = Object.keys(mailColumns)
  const values = names.map((name) =>
    name === 'id' || name === 'resent_from' ? dialect.fromJsonId(`g.${name}`) : `g.${name}`,
  )
  return {
    sql: `insert into ${dialect.tables.mail} (${names.join(', ')}) select ${values.join(', ')} from ${dialect.jsonRows('g', mailColumns)} where ${where.sql}`,
    params: [JSON.stringify(rows), ...where.params],
  }
}

export function deleteMails(dialect: Dialect, ids: readonly string[]): Statement {
  return {
    sql: `delete from ${dialect.tables.mail} where id in (${ids.map(() => '?').join(', ')})`,
    params: ids.map(dialect.id),
  }
}

export function insertKey(
  dialect: Dialect,
  { key, id, hash }: { key: string; id: string; hash: string },
): Statement {
  return {
    sql: dialect.insertIgnore(
      dialect.tables.idempotency,
      ['idempotency_key', 'mail_id', 'hash'],
      'values (?, ?, ?)',
    ),
    params: [key, dialect.id(id), hash],
  }
}

/** By key, which has an index. */
export function deleteKeys(dialect: Dialect, key: string, ids: readonly string[]): Statement {
  return {
    sql: `delete from ${dialect.tables.idempotency} where idempotency_key = ? and mail_id in (${ids.map(() => '?').join(', ')})`,
    params: [key, ...ids.map(dialect.id)],
  }
}

export function insertBody(
  dialect: Dialect,
  id: string,
  { document, mime, size, contents }: NewBody,
): Statement {
  const { body, mail } = dialect.tables
  return {
    sql: `insert into ${body} (mail_id, document, mime, mime_size, size, contents) select m.id, ?, ?, ?, ?, ? from ${mail} m where m.id = ?`,
    params: [
      document,
      mime,
      mime?.length ?? null,
      size,
      contents.length > 0 ? JSON.stringify(contents.map(contentId)) : null,
      dialect.id(id),
    ],
  }
}

export function updateHeader(dialect: Dialect, mail: NewMail): Statement {
  const { message_id, subject, subject_key, id } = mailRow(mail, dialect)
  return {
    sql: `update ${dialect.tables.mail} set message_id = ?, subject = ?, subject_key = ? where id = ${dialect.fromJsonId('?')}`,
    params: [message_id, subject, subject_key, id],
  }
}

export function insertTags(dialect: Dialect, rows: Rows): Statement {
  const { tag, mail } = dialect.tables
  return {
    sql: `insert into ${tag} (mail_id, tag) select m.id, x.tag from ${dialect.jsonRows('x', tagColumns)}
      ${dialect.lookup(mail, 'm')} on m.id = ${dialect.fromJsonId('x.mail_id')}`,
    params: [JSON.stringify(rows)],
  }
}

export function insertUses(dialect: Dialect, rows: Rows): Statement {
  const { content_use, mail } = dialect.tables
  return {
    sql: `insert into ${content_use} (mail_id, content_id) select m.id, ${dialect.fromJsonId('u.content_id')} from ${dialect.jsonRows('u', useColumns)}
      ${dialect.lookup(mail, 'm')} on m.id = ${dialect.fromJsonId('u.mail_id')}`,
    params: [JSON.stringify(rows)],
  }
}

/** Mails that are replaced and not under way are cancelled, which gives their keys back. */
export function* cancelReplaced(dialect: Dialect, mails: readonly NewMail[]): Steps<void> {
  for (const { replaces, createdAt } of mails)
    if (replaces !== null)
      yield {
        sql: `update ${dialect.tables.delivery} set state = 'cancelled', reason = null, settled_at = ?, token = token + 1
          where mail_id = ? and (state in ('queued', 'held') or (state = 'sending' and dispatched_at is null))`,
        params: [createdAt, dialect.id(replaces)],
      }
}

interface Deliverable {
  readonly entry: NewEntry
  readonly state: string
}

/** The claimable rows, all or none; tells how many were stored. */
export function* addDeliveries(
  dialect: Dialect,
  given: readonly Deliverable[],
  witnesses: Witnesses,
): Steps<number> {
  const { delivery, mail, body } = dialect.tables
  const there = witnessed(
    dialect,
    given.map(({ entry }) => entry),
    witnesses,
  )
  const { affected } = yield* ask(
    `insert into ${delivery} (mail_id, state, stream, lane, due_at, expires_at, settled_at)
      select m.id, x.state, x.stream, x.lane, x.due_at, m.expires_at, case when x.state = 'suppressed' then x.created_at end
      from ${dialect.jsonRows('x', deliveryColumns)}
      ${dialect.lookup(mail, 'm')} on m.id = ${dialect.fromJsonId('x.id')}
      ${dialect.lookup(body, 'b')} on b.mail_id = m.id where ${there.sql}`,
    [JSON.stringify(given.map(({ entry, state }) => deliveryRow(entry, dialect, state))), ...there.params],
  )
  return affected
}
