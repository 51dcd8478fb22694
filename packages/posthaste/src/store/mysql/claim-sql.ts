import { join, raw, type Sql, sql } from '../sql.ts'
import { isSuppressed } from '../suppressed.ts'
import type { MysqlEngine } from './variants.ts'

/**
 * Of the mail's row: as JSON, for a locking `select` must not lock what it joins, and MariaDB has no words for that.
 */
export const mailColumns = [
  'tenant',
  'message_id',
  'sender',
  'created_at',
  'send_at',
  'on_unknown',
  'is_sensitive',
  'retry',
  'smtp',
] as const

const json: ReadonlySet<string> = new Set(['retry', 'smtp'])

/**
 * What a claim holds, of a delivery `d`. Subqueries are read without locks, as of the statement's beginning; a row that
 * is locked is newer where it was committed since. Then `mail` is null: what was read does not belong to it.
 */
export function claimColumns(engine: MysqlEngine, { now, inline }: { now: number; inline: number }): Sql {
  const { delivery, mail, body } = engine.tables
  // In one collation, for MariaDB makes no JSON of several.
  const exact = engine.variant.exactCollation
  const columns = join(
    mailColumns.map((name) => raw(json.has(name) ? `m.${name} collate ${exact}` : `m.${name}`)),
  )
  return sql`d.mail_id, d.token, d.stream, d.lane, d.due_at, d.expires_at, d.attempts, d.unknowns, d.rescues,
    (select json_array(${columns})
      from ${mail} m
      join ${delivery} s on s.mail_id = m.id
      where m.id = d.mail_id and s.token = d.token and s.state = d.state and s.due_at = d.due_at) as mail,
    (select b.mime_size from ${body} b where b.mail_id = d.mail_id) as mime_size,
    (select b.mime from ${body} b where b.mail_id = d.mail_id and b.mime_size <= ${inline}) as mime,
    (${recipientsSql(engine, now)}) as recipients`
}

/**
 * Their number comes too: MariaDB cuts a long list where the session's `group_concat_max_len` ends, and says so in a
 * warning only.
 */
function recipientsSql(engine: MysqlEngine, now: number): Sql {
  const tuple = sql`json_array(r.seq, r.address, r.kind, ${stateSql(engine, now, raw('d.stream'))})`
  return sql`select concat('[', count(*), ',', json_arrayagg(${tuple}), ']')
    from ${engine.tables.recipient} r where r.mail_id = d.mail_id`
}

/** One mail's recipients as rows, however many. */
export function recipientRowsSql(engine: MysqlEngine, { mailId, stream, now }: RecipientsOf): Sql {
  return sql`select r.seq, r.address, r.kind, ${stateSql(engine, now, sql`${stream}`)} as state
    from ${engine.tables.recipient} r
    where r.mail_id = ${engine.id(mailId)}
    order by r.seq`
}

export interface RecipientsOf {
  readonly mailId: string
  readonly stream: string
  readonly now: number
}

/** Suppressed are the address, its domain, or the trace of one that was forgotten. */
function stateSql(engine: MysqlEngine, now: number, stream: Sql): Sql {
  const exact = raw(`collate ${engine.variant.exactCollation}`)
  const keys = sql`r.address_key,
        convert(concat('@', substring_index(r.address_key, '@', -1)) using utf8mb4) ${exact},
        convert(concat('sha256:', sha2(r.address_key, 256)) using utf8mb4) ${exact}`
  const tenant = raw(`coalesce((select o.tenant from ${engine.tables.mail} o where o.id = r.mail_id), '')`)
  const isListed = isSuppressed(engine, keys, { stream, tenant, now: sql`${now}` })
  return sql`case when r.state = 'pending' and ${isListed} then 'suppressed' else r.state end`
}
