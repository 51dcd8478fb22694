import { deliveryColumns, mailColumns, recipientColumns, tagColumns, useColumns } from '../add/rows.ts'
import { assignments, type Engine } from '../engine.ts'
import { raw } from '../sql.ts'
import { isSuppressed } from '../suppressed.ts'
import { changesOf, isFor } from '../transition-sql.ts'
import { wake } from './notify.ts'

/** `plain`: no mail of the call has a key, tags or contents, or replaces another. */
export type AddShape = 'plain' | 'full'

const texts = new WeakMap<Engine, Map<string, string>>()

/** The one statement of an enqueue of many, with room for so many bodies, stored where `held` is so. */
export function postgresAddSql(
  engine: Engine,
  { shape, room, held }: { shape: AddShape; room: number; held: string },
): string {
  const known = texts.get(engine) ?? new Map<string, string>()
  texts.set(engine, known)
  const key = `${shape} ${room} ${held}`
  const text = known.get(key) ?? write(engine, { shape, room, held })
  known.set(key, text)
  return text
}

/** Parameters: those of `held`, mails, recipients, bodies; in full then tags and uses. */
function write(
  engine: Engine,
  { shape, room, held }: { shape: AddShape; room: number; held: string },
): string {
  const bodies = Array.from(
    { length: room },
    () => '(?::uuid, ?::bytea, ?::bytea, ?::integer, ?::bigint, ?::text)',
  )
  return `with guard as (select 1 as open where ${held}),
given as (select * from ${engine.jsonRows('g', { ...mailColumns, ...deliveryColumns })}),
addressed as (select * from ${engine.jsonRows('r', recipientColumns)}),
bodies(mail_id, document, mime, mime_size, size, contents) as (values ${bodies.join(', ')}),
${shape === 'plain' ? 'whole as (select g.* from given g, guard)' : wholeParts(engine)},
${rowParts(engine)}
select (select count(*) from woken) as woken, (select count(*) from guard) as open,
  (select json_agg(json_build_array(mail_id, state)) from new_delivery)::text as states,
  (select json_agg(json_build_array(mail_id, address) order by seq) from new_recipient where state = 'suppressed')::text as suppressed`
}

function rowParts(engine: Engine): string {
  const t = engine.tables
  const mail = Object.keys(mailColumns)
  return `new_recipient as (insert into ${t.recipient} (mail_id, seq, kind, address, address_key, state)
  select r.mail_id, r.seq, r.kind, r.address, r.address_key,
    case when ${isSuppressed(engine, raw('r.address_key, r.domain_key, r.hash_key'), { stream: raw('r.stream'), now: raw('w.created_at') })} then 'suppressed' else 'pending' end
  from addressed r join whole w on w.id = r.mail_id
  returning mail_id, seq, address, state),
new_mail as (insert into ${t.mail} (${mail.join(', ')}) select ${mail.map((name) => `w.${name}`).join(', ')} from whole w),
new_body as (insert into ${t.body} (mail_id, document, mime, mime_size, size, contents)
  select b.* from bodies b join whole w on w.id = b.mail_id),
new_delivery as (insert into ${t.delivery} (mail_id, state, stream, lane, due_at, expires_at, settled_at)
  select w.id, x.state, w.stream, w.lane, w.due_at, w.expires_at, case when x.state = 'suppressed' then w.created_at end
  from whole w cross join lateral (select case when exists
    (select 1 from new_recipient r where r.mail_id = w.id and r.state = 'pending') then 'queued' else 'suppressed' end as state) x
  returning mail_id, state),
woken as (select ${wake(engine, '(select max(created_at) from given)')} where exists (select 1 from new_delivery))`
}

/** `fresh` are the mails whose key is free or none, `whole` those of them whose content is all there. */
function wholeParts(engine: Engine): string {
  const t = engine.tables
  return `keyed as (insert into ${t.idempotency} (idempotency_key, mail_id, hash)
  select g.idempotency_key, g.id, g.hash from given g, guard where g.idempotency_key is not null
  on conflict do nothing returning mail_id),
fresh as (select g.* from given g, guard where g.idempotency_key is null
  or g.id in (select mail_id from keyed)
  or exists (select 1 from ${t.idempotency} i where i.idempotency_key = g.idempotency_key and i.mail_id = g.id)),
new_tag as (insert into ${t.tag} (mail_id, tag)
  select x.mail_id, x.tag from ${engine.jsonRows('x', tagColumns)} join fresh f on f.id = x.mail_id),
used as (select u.mail_id, u.content_id, c.chunks from ${engine.jsonRows('u', useColumns)}
  join fresh f on f.id = u.mail_id join ${t.content} c on c.id = u.content_id for key share of c),
new_use as (insert into ${t.content_use} (mail_id, content_id) select mail_id, content_id from used),
whole as (select f.* from fresh f where f.contents = 0 or f.contents = (select count(*) from used u where u.mail_id = f.id
  and u.chunks = (select count(*) from ${t.chunk} k where k.content_id = u.content_id))),
replaced as (update ${t.delivery} d set ${assignments(changesOf('cancel', { now: 'w.created_at' }))} from whole w
  where d.mail_id = w.replaces and ${isFor('cancel')})`
}
