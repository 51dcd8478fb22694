import { useRows } from '../add/contents.ts'
import { contentId, mailOf, type NewEntry } from '../add/new-mail.ts'
import {
  deliveryColumns,
  deliveryRow,
  mailColumns,
  mailRow,
  recipientColumns,
  recipientRows,
  tableOf,
  tagColumns,
  useColumns,
} from '../add/rows.ts'
import { supersedingGiven } from '../add/superseded.ts'
import { assignments, type Engine } from '../engine.ts'
import type { StoreGuard } from '../enqueue-store.ts'
import { join, raw, type Sql, sql } from '../sql.ts'
import { isSuppressed } from '../suppressed.ts'
import { changesOf, isFor } from '../transition-sql.ts'
import { wake } from './notify.ts'
import { settingCondition } from './setting-guard.ts'

/**
 * The one statement of an enqueue of many, stored where the guard's transaction is open: all of the mails, or none, for
 * the app may catch an error and commit.
 */
export function postgresAddSql(
  engine: Engine,
  entries: readonly NewEntry[],
  guard: StoreGuard | undefined,
): Sql {
  const arePlain = entries.every(isPlain)
  return sql`with ${given(engine, entries, guard)},
${arePlain ? plainParts : wholeParts(engine, entries)},
${rowParts(engine)}
select (select count(*) from woken) as woken,
  (select count(*) from guard) as open,
  ${arePlain ? raw('null') : raw('(select json_agg(id) from fresh)::text')} as fresh,
  (select json_agg(json_build_array(mail_id, state)) from new_delivery)::text as states,
  (
    select json_agg(json_build_array(mail_id, address) order by seq)
    from addressee
    where state = 'suppressed'
  )::text as suppressed`
}

function isPlain({ mail, body }: NewEntry): boolean {
  return (
    mail.idempotencyKey === null &&
    mail.replaces === null &&
    mail.tags.length === 0 &&
    body.contents.length === 0
  )
}

function given(engine: Engine, entries: readonly NewEntry[], guard: StoreGuard | undefined): Sql {
  const columns = { ...mailColumns, ...deliveryColumns }
  const mails = entries.map((entry) => ({
    ...mailRow(mailOf(entry), engine),
    ...deliveryRow(entry, engine),
  }))
  const recipients = entries.flatMap(({ mail }) => recipientRows(mail, engine))
  return sql`guard as (select 1 as open where ${settingCondition(guard)}),
given as (select * from ${tableOf(engine, 'g', columns, mails)}),
addressed as (select * from ${tableOf(engine, 'r', recipientColumns, recipients)}),
bodies(mail_id, document, mime, mime_size, size, contents) as (
  values ${join(bodiesOf(entries))}
)`
}

/** A power of two of them: so few texts are kept and planned, however many mails come at a time. */
function bodiesOf(entries: readonly NewEntry[]): Sql[] {
  const room = 2 ** Math.ceil(Math.log2(entries.length))
  const none = { id: null, document: null, mime: null, size: null, contents: null }
  return [...entries.map(bodyOf), ...Array(room - entries.length).fill(none)].map(bodySql)
}

interface Body {
  readonly id: string | null
  readonly document: Uint8Array | null
  readonly mime: Uint8Array | null
  readonly size: number | null
  readonly contents: string | null
}

function bodyOf({ mail, body }: NewEntry): Body {
  const { document, mime, size } = body
  const contents = body.contents.length > 0 ? JSON.stringify(body.contents.map(contentId)) : null
  return { id: mail.id, document, mime, size, contents }
}

function bodySql({ id, document, mime, size, contents }: Body): Sql {
  return sql`(${id}::uuid, ${document}::bytea, ${mime}::bytea,
    ${mime?.length ?? null}::integer, ${size}::bigint, ${contents}::text)`
}

const plainParts = sql`whole as (select g.* from given g, guard)`

/**
 * `fresh` are the mails whose key is free or none, `complete` those of them whose content is all there, and `whole` all
 * mails where none is missing.
 */
function wholeParts(engine: Engine, entries: readonly NewEntry[]): Sql {
  const t = engine.tables
  const tags = entries.flatMap(({ mail }) => mail.tags.map((tag) => ({ mail_id: mail.id, tag })))
  return sql`allowed as (
  select g.*
  from given g, guard
  where g.replaces is null or not exists (select 1 ${supersedingGiven(engine, 'g')})
),
keyed as (
  insert into ${t.idempotency} (tenant, idempotency_key, mail_id, hash, envelope)
  select g.key_tenant, g.idempotency_key, g.id, g.hash, g.envelope
  from allowed g
  where g.idempotency_key is not null
  on conflict do nothing
  returning mail_id
),
fresh as (
  select g.*
  from allowed g
  where g.idempotency_key is null
    or g.id in (select mail_id from keyed)
    or exists (
      select 1
      from ${t.idempotency} i
      where i.tenant = g.key_tenant and i.idempotency_key = g.idempotency_key and i.mail_id = g.id
    )
),
${contentParts(engine, entries)},
new_tag as (
  insert into ${t.tag} (mail_id, tag)
  select x.mail_id, x.tag
  from ${tableOf(engine, 'x', tagColumns, tags)}
  join whole w on w.id = x.mail_id
),
replaced as (
  update ${t.delivery} d
  set ${raw(assignments(changesOf('cancel', { now: 'w.created_at' })))}
  from whole w
  join ${t.mail} m on m.id = w.replaces and m.tenant is not distinct from w.tenant
  where d.mail_id = w.replaces and ${isFor('cancel')}
)`
}

function contentParts(engine: Engine, entries: readonly NewEntry[]): Sql {
  const t = engine.tables
  const uses = entries.flatMap((entry) => useRows(entry, engine))
  return sql`used as (
  select u.mail_id, u.content_id, c.chunks
  from ${tableOf(engine, 'u', useColumns, uses)}
  join fresh f on f.id = u.mail_id
  join ${t.content} c on c.id = u.content_id
  for key share of c
),
complete as (
  select f.*
  from fresh f
  where f.contents = 0 or f.contents = (
    select count(*)
    from used u
    where u.mail_id = f.id
      and u.chunks = (select count(*) from ${t.chunk} k where k.content_id = u.content_id)
  )
),
whole as (
  select c.*
  from complete c
  where (select count(*) from complete) = (select count(*) from given)
),
new_use as (
  insert into ${t.content_use} (mail_id, content_id)
  select u.mail_id, u.content_id
  from used u
  join whole w on w.id = u.mail_id
)`
}

function rowParts(engine: Engine): Sql {
  const t = engine.tables
  const mail = Object.keys(mailColumns)
  return sql`${recipientPart(engine)},
new_mail as (
  insert into ${t.mail} (${raw(mail.join(', '))})
  select ${raw(mail.map((name) => `w.${name}`).join(', '))}
  from whole w
),
new_body as (
  insert into ${t.body} (mail_id, document, mime, mime_size, size, contents)
  select b.*
  from bodies b
  join whole w on w.id = b.mail_id
),
new_delivery as (
  insert into ${t.delivery} (mail_id, state, stream, lane, due_at, expires_at, has_body, settled_at)
  select w.id, x.state, w.stream, w.lane, w.due_at, w.expires_at, w.has_body,
    case when x.state = 'suppressed' then w.created_at end
  from whole w
  cross join lateral (
    select case
      when exists (select 1 from addressee r where r.mail_id = w.id and r.state = 'pending') then 'queued'
      else 'suppressed'
    end as state
  ) x
  returning mail_id, state
),
woken as (
  select ${wake(engine, '(select max(created_at) from given)')}
  where exists (select 1 from new_delivery)
)`
}

function recipientPart(engine: Engine): Sql {
  const keys = raw('r.address_key, r.domain_key, r.hash_key')
  const suppressed = isSuppressed(engine, keys, {
    stream: raw('r.stream'),
    tenant: raw('r.tenant'),
    now: raw('w.created_at'),
  })
  // Apart from the insert, which could give what it stored only to those who may read it.
  return sql`addressee as (
  select r.mail_id, r.seq, r.kind, r.address, r.address_key,
    case when ${suppressed} then 'suppressed' else 'pending' end as state
  from addressed r
  join whole w on w.id = r.mail_id
),
new_recipient as (
  insert into ${engine.tables.recipient} (mail_id, seq, kind, address, address_key, state)
  select *
  from addressee
)`
}
