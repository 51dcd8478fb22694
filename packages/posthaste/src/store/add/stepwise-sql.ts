import type { Dialect } from '../dialect.ts'
import { ask, type Statement, type Steps } from '../statement.ts'
import { contentId, type NewBody, type NewEntry } from './new-mail.ts'
import {
  deliveryColumns,
  deliveryRow,
  mailColumns,
  type recipientColumns,
  tagColumns,
  useColumns,
} from './rows.ts'

type Rows = readonly Record<string, string | number | null>[]

export function insertMails(dialect: Dialect, rows: Rows): Statement {
  const names = Object.keys(mailColumns)
  const values = names.map((name) =>
    name === 'id' || name === 'resent_from' ? dialect.fromJsonId(`g.${name}`) : `g.${name}`,
  )
  return {
    sql: `insert into ${dialect.tables.mail} (${names.join(', ')}) select ${values.join(', ')} from ${dialect.jsonRows('g', mailColumns)}`,
    params: [JSON.stringify(rows)],
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

export function insertBody(
  dialect: Dialect,
  id: string,
  { document, mime, size, contents }: NewBody,
): Statement {
  return {
    sql: `insert into ${dialect.tables.body} (mail_id, document, mime, mime_size, size, contents) values (?, ?, ?, ?, ?, ?)`,
    params: [
      dialect.id(id),
      document,
      mime,
      mime?.length ?? null,
      size,
      contents.length > 0 ? JSON.stringify(contents.map(contentId)) : null,
    ],
  }
}

export function insertTags(dialect: Dialect, rows: Rows): Statement {
  return {
    sql: `insert into ${dialect.tables.tag} (mail_id, tag) select ${dialect.fromJsonId('x.mail_id')}, x.tag from ${dialect.jsonRows('x', tagColumns)}`,
    params: [JSON.stringify(rows)],
  }
}

export function insertUses(dialect: Dialect, rows: Rows): Statement {
  return {
    sql: `insert into ${dialect.tables.content_use} (mail_id, content_id)
      select ${dialect.fromJsonId('u.mail_id')}, ${dialect.fromJsonId('u.content_id')} from ${dialect.jsonRows('u', useColumns)}`,
    params: [JSON.stringify(rows)],
  }
}

type RecipientRow = Record<keyof typeof recipientColumns, string | number>

/**
 * Stores the recipients and tells which addresses are suppressed, by mail. The list is read with a plain select beforehand:
 * read within the insert, MySQL would lock its gaps until the user's commit.
 */
export function* addRecipients(
  dialect: Dialect,
  rows: readonly RecipientRow[],
  now: number,
): Steps<Map<string, string[]>> {
  const suppressed = yield* suppressedRows(dialect, rows, now)
  const columns = {
    mail_id: 'id',
    seq: 'integer',
    kind: 'text',
    address: 'text',
    address_key: 'text',
    state: 'text',
  } as const
  const stored = rows.map((row) => ({
    ...Object.fromEntries(Object.keys(columns).map((name) => [name, row[name as keyof RecipientRow]])),
    state: suppressed.has(row) ? 'suppressed' : 'pending',
  }))
  yield {
    sql: `insert into ${dialect.tables.recipient} (mail_id, seq, kind, address, address_key, state)
      select ${dialect.fromJsonId('r.mail_id')}, r.seq, r.kind, r.address, r.address_key, r.state from ${dialect.jsonRows('r', columns)}`,
    params: [JSON.stringify(stored)],
  }
  const byMail = new Map<string, string[]>()
  for (const row of suppressed) {
    const id = dashed(String(row.mail_id))
    byMail.set(id, [...(byMail.get(id) ?? []), String(row.address)])
  }
  return byMail
}

function* suppressedRows(
  dialect: Dialect,
  rows: readonly RecipientRow[],
  now: number,
): Steps<Set<RecipientRow>> {
  const keys = [...new Set(rows.flatMap((row) => [row.address_key, row.domain_key, row.hash_key]))]
  const found = yield* ask(
    `select s.address_key, s.stream from ${dialect.jsonRows('k', { key_text: 'text' })}
     join ${dialect.tables.suppression} s on s.address_key = k.key_text where s.expires_at is null or s.expires_at > ?`,
    [JSON.stringify(keys.map((key_text) => ({ key_text }))), now],
  )
  const listed = new Set(found.rows.map((row) => `${row.address_key} ${row.stream}`))
  const hit = (row: RecipientRow, key: string | number) =>
    listed.has(`${key} `) || listed.has(`${key} ${row.stream}`)
  return new Set(
    rows.filter((row) => hit(row, row.address_key) || hit(row, row.domain_key) || hit(row, row.hash_key)),
  )
}

/** The claimable rows, each only if everything it needs is there; tells the states of those that were stored. */
export function* addDeliveries(dialect: Dialect, entries: readonly NewEntry[]): Steps<Map<string, string>> {
  const t = dialect.tables
  yield {
    sql: `insert into ${t.delivery} (mail_id, state, stream, lane, due_at, expires_at, settled_at)
      select m.id, case when p.pending > 0 then 'queued' else 'suppressed' end, x.stream, x.lane, x.due_at, m.expires_at,
        case when p.pending > 0 then null else x.created_at end
      from ${dialect.jsonRows('x', deliveryColumns)}
      join ${t.mail} m on m.id = ${dialect.fromJsonId('x.id')}
      join ${t.body} b on b.mail_id = m.id
      join (select mail_id, count(*) as stored, sum(case when state = 'pending' then 1 else 0 end) as pending
        from ${t.recipient} where mail_id in (${entries.map(() => '?').join(', ')}) group by mail_id) p on p.mail_id = m.id
      where p.stored = x.recipients
        and (x.idempotency_key is null or exists (select 1 from ${t.idempotency} i
          where i.idempotency_key = x.idempotency_key and i.mail_id = m.id))
        and (x.contents = 0 or x.contents = (select count(*) from ${t.content_use} u join ${t.content} c on c.id = u.content_id
          where u.mail_id = m.id and c.chunks = (select count(*) from ${t.chunk} k where k.content_id = c.id)))`,
    params: [
      JSON.stringify(entries.map((entry) => deliveryRow(entry, dialect))),
      ...entries.map(({ mail }) => dialect.id(mail.id)),
    ],
  }
  const stored = yield* ask(
    `select mail_id, state from ${t.delivery} where mail_id in (${entries.map(() => '?').join(', ')})`,
    entries.map(({ mail }) => dialect.id(mail.id)),
  )
  return new Map(stored.rows.map((row) => [dialect.readId(row.mail_id), String(row.state)]))
}

function dashed(id: string): string {
  return id.includes('-')
    ? id
    : `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`
}
