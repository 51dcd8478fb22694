import type { Engine, JsonColumns } from '../engine.ts'
import type { Statement } from '../sql.ts'
import type { ChunkRow } from './content-steps.ts'
import type { NewEntry } from './new-mail.ts'

export interface RecipientWitness {
  readonly mail_id: string
  readonly seq: number
}

interface Given {
  readonly recipients: readonly RecipientWitness[]
  readonly uses: readonly object[]
  readonly chunks: readonly ChunkRow[]
}

interface Check {
  readonly columns: JsonColumns
  readonly joins: string
  readonly rows: readonly object[]
}

/**
 * The condition that everything is still there that was stored for these mails. Every row is found by its whole key: a range, read within an
 * insert, would lock the gap behind it in MySQL, where all others insert.
 */
export function witnessed(engine: Engine, entries: readonly NewEntry[], given: Given): Statement {
  const checks = [
    recipients(engine, given.recipients),
    keys(engine, entries),
    uses(engine, given.uses),
    chunks(engine, given.chunks),
  ].filter(({ rows }) => rows.length > 0)
  return {
    sql: checks
      .map(
        ({ columns, joins, rows }) =>
          `(select count(*) from ${engine.jsonRows('y', columns)} ${joins}) = ${rows.length}`,
      )
      .join('\n        and '),
    params: checks.map(({ rows }) => JSON.stringify(rows)),
  }
}

function recipients({ lookup, tables, fromJsonId }: Engine, rows: Given['recipients']): Check {
  const joins = `${lookup(tables.recipient, 'r')} on r.mail_id = ${fromJsonId('y.mail_id')} and r.seq = y.seq`
  return { columns: { mail_id: 'id', seq: 'integer' }, joins, rows }
}

function keys({ lookup, tables, fromJsonId, jsonId }: Engine, entries: readonly NewEntry[]): Check {
  const joins = `${lookup(tables.idempotency, 'i')} on i.idempotency_key = y.key_text and i.mail_id = ${fromJsonId('y.mail_id')}`
  const rows = entries.flatMap(({ mail }) =>
    mail.idempotencyKey === null ? [] : [{ key_text: mail.idempotencyKey, mail_id: jsonId(mail.id) }],
  )
  return { columns: { key_text: 'text', mail_id: 'id' }, joins, rows }
}

/** A content was written whole, in one transaction, or is seen by {@link chunks}: its last chunk stands for it. */
function uses({ lookup, tables, fromJsonId }: Engine, rows: Given['uses']): Check {
  const joins = `${lookup(tables.content_use, 'u')} on u.mail_id = ${fromJsonId('y.mail_id')} and u.content_id = ${fromJsonId('y.content_id')}
    ${lookup(tables.content, 'c')} on c.id = u.content_id ${lookup(tables.chunk, 'k')} on k.content_id = c.id and k.seq = c.chunks - 1`
  return { columns: { mail_id: 'id', content_id: 'id' }, joins, rows }
}

function chunks({ lookup, tables, fromJsonId }: Engine, rows: Given['chunks']): Check {
  const joins = `${lookup(tables.chunk, 'k')} on k.content_id = ${fromJsonId('y.content_id')} and k.seq = y.seq`
  return { columns: { content_id: 'id', seq: 'integer' }, joins, rows }
}
