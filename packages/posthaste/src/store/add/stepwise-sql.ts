import type { Engine } from '../engine.ts'
import { idsParam, updateGiven } from '../given-ids.ts'
import type { Statement } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import { changesOf, isFor } from '../transition-sql.ts'
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

export function insertMails(engine: Engine, rows: Rows, where: Statement): Statement {
  const names = Object.keys(mailColumns)
  const values = names.map((name) =>
    name === 'id' || name === 'resent_from' ? engine.fromJsonId(`g.${name}`) : `g.${name}`,
  )
  return {
    sql: `insert into ${engine.tables.mail} (${names.join(', ')}) select ${values.join(', ')} from ${engine.jsonRows('g', mailColumns)} where ${where.sql}`,
    params: [JSON.stringify(rows), ...where.params],
  }
}

export function deleteMails(engine: Engine, ids: readonly string[]): Statement {
  return {
    sql: `delete from ${engine.tables.mail} where id in (${ids.map(() => '?').join(', ')})`,
    params: ids.map(engine.id),
  }
}

export function insertKey(
  engine: Engine,
  { key, id, hash }: { key: string; id: string; hash: string },
): Statement {
  return {
    sql: engine.insertIgnore(
      engine.tables.idempotency,
      ['idempotency_key', 'mail_id', 'hash'],
      'values (?, ?, ?)',
    ),
    params: [key, engine.id(id), hash],
  }
}

/** By key, which has an index. */
export function deleteKeys(engine: Engine, key: string, ids: readonly string[]): Statement {
  return {
    sql: `delete from ${engine.tables.idempotency} where idempotency_key = ? and mail_id in (${ids.map(() => '?').join(', ')})`,
    params: [key, ...ids.map(engine.id)],
  }
}

export function insertBody(
  engine: Engine,
  id: string,
  { document, mime, size, contents }: NewBody,
): Statement {
  const { body, mail } = engine.tables
  return {
    sql: `insert into ${body} (mail_id, document, mime, mime_size, size, contents) select m.id, ?, ?, ?, ?, ? from ${mail} m where m.id = ?`,
    params: [
      document,
      mime,
      mime?.length ?? null,
      size,
      contents.length > 0 ? JSON.stringify(contents.map(contentId)) : null,
      engine.id(id),
    ],
  }
}

export function updateHeader(engine: Engine, mail: NewMail): Statement {
  const { message_id, subject, subject_key, id } = mailRow(mail, engine)
  return {
    sql: `update ${engine.tables.mail} set message_id = ?, subject = ?, subject_key = ? where id = ${engine.fromJsonId('?')}`,
    params: [message_id, subject, subject_key, id],
  }
}

export function insertTags(engine: Engine, rows: Rows): Statement {
  const { tag, mail } = engine.tables
  return {
    sql: `insert into ${tag} (mail_id, tag) select m.id, x.tag from ${engine.jsonRows('x', tagColumns)}
      ${engine.lookup(mail, 'm')} on m.id = ${engine.fromJsonId('x.mail_id')}`,
    params: [JSON.stringify(rows)],
  }
}

export function insertUses(engine: Engine, rows: Rows): Statement {
  const { content_use, mail } = engine.tables
  return {
    sql: `insert into ${content_use} (mail_id, content_id) select m.id, ${engine.fromJsonId('u.content_id')} from ${engine.jsonRows('u', useColumns)}
      ${engine.lookup(mail, 'm')} on m.id = ${engine.fromJsonId('u.mail_id')}`,
    params: [JSON.stringify(rows)],
  }
}

/** Mails that are replaced and not under way are cancelled, which gives their keys back. */
export function* cancelReplaced(engine: Engine, mails: readonly NewMail[]): Steps<void> {
  for (const { replaces, createdAt } of mails)
    if (replaces !== null)
      yield {
        sql: updateGiven(engine, {
          table: engine.tables.delivery,
          key: 'mail_id',
          set: changesOf('cancel', { now: 'x.now' }),
          where: isFor('cancel'),
        }),
        params: [idsParam(engine, [replaces], createdAt)],
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
  witnesses: Witnesses,
): Steps<number> {
  const { delivery, mail, body } = engine.tables
  const there = witnessed(
    engine,
    given.map(({ entry }) => entry),
    witnesses,
  )
  const { affected } = yield* ask(
    `insert into ${delivery} (mail_id, state, stream, lane, due_at, expires_at, settled_at)
      select m.id, x.state, x.stream, x.lane, x.due_at, m.expires_at, case when x.state = 'suppressed' then x.created_at end
      from ${engine.jsonRows('x', deliveryColumns)}
      ${engine.lookup(mail, 'm')} on m.id = ${engine.fromJsonId('x.id')}
      ${engine.lookup(body, 'b')} on b.mail_id = m.id where ${there.sql}`,
    [JSON.stringify(given.map(({ entry, state }) => deliveryRow(entry, engine, state))), ...there.params],
  )
  return affected
}
