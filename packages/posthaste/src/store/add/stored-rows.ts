import type { Engine, JsonColumns } from '../engine.ts'
import { join, raw, type Sql, sql } from '../sql.ts'
import type { ChunkRow } from './contents.ts'
import type { NewEntry } from './new-mail.ts'
import { keyTenant, tableOf } from './rows.ts'

export interface RecipientKey {
  readonly mail_id: string
  readonly seq: number
}

interface Given {
  readonly recipients: readonly RecipientKey[]
  readonly uses: readonly object[]
  readonly chunks: readonly ChunkRow[]
}

interface Check {
  readonly columns: JsonColumns
  readonly joins: Sql
  readonly rows: readonly object[]
}

/**
 * The condition that everything is still there that was stored for these mails. Every row is found by its whole key: a
 * range, read within an insert, would lock the gap behind it in MySQL, where all others insert.
 */
export function rowsStillPresent(engine: Engine, entries: readonly NewEntry[], given: Given): Sql {
  const checks = [
    recipients(engine, given.recipients),
    keys(engine, entries),
    uses(engine, given.uses),
    chunks(engine, given.chunks),
  ].filter(({ rows }) => rows.length > 0)
  const conditions = checks.map(
    ({ columns, joins, rows }) =>
      sql`(select count(*) from ${tableOf(engine, 'y', columns, rows)} ${joins}) = ${raw(`${rows.length}`)}`,
  )
  return join(conditions, '\nand ')
}

function recipients({ lookup, tables, fromJsonId }: Engine, rows: Given['recipients']): Check {
  const joins = sql`${lookup(tables.recipient, 'r')}
  on r.mail_id = ${fromJsonId('y.mail_id')} and r.seq = y.seq`
  return { columns: { mail_id: 'id', seq: 'integer' }, joins, rows }
}

function keys({ lookup, tables, fromJsonId, jsonId }: Engine, entries: readonly NewEntry[]): Check {
  const joins = sql`${lookup(tables.idempotency, 'i')}
  on i.tenant = y.tenant and i.idempotency_key = y.key_text and i.mail_id = ${fromJsonId('y.mail_id')}`
  const rows = entries.flatMap(({ mail }) =>
    mail.idempotencyKey === null
      ? []
      : [{ tenant: keyTenant(mail), key_text: mail.idempotencyKey, mail_id: jsonId(mail.id) }],
  )
  return { columns: { tenant: 'text', key_text: 'text', mail_id: 'id' }, joins, rows }
}

/** A content was written whole, in one transaction, or is seen by {@link chunks}: its last chunk stands for it. */
function uses({ lookup, tables, fromJsonId }: Engine, rows: Given['uses']): Check {
  const joins = sql`${lookup(tables.content_use, 'u')}
  on u.mail_id = ${fromJsonId('y.mail_id')} and u.content_id = ${fromJsonId('y.content_id')}
${lookup(tables.content, 'c')} on c.id = u.content_id
${lookup(tables.chunk, 'k')} on k.content_id = c.id and k.seq = c.chunks - 1`
  return { columns: { mail_id: 'id', content_id: 'id' }, joins, rows }
}

function chunks({ lookup, tables, fromJsonId }: Engine, rows: Given['chunks']): Check {
  const joins = sql`${lookup(tables.chunk, 'k')}
  on k.content_id = ${fromJsonId('y.content_id')} and k.seq = y.seq`
  return { columns: { content_id: 'id', seq: 'integer' }, joins, rows }
}
