import { pairColumns } from '../delivery/due-pairs.ts'
import { attemptColumns, changeColumns, settleChanges, settleColumns } from '../delivery/settle-rows.ts'
import { assignments, type Engine } from '../engine.ts'
import { givenIds } from '../given-ids.ts'
import { raw } from '../sql.ts'
import { isSuppressed } from '../suppressed.ts'
import { nextToken } from '../transition-sql.ts'

export type TurnShape = 'settle' | 'claim' | 'both'
/** What may be claimed: whatever is due, or what is due among given mails. */
export type ClaimAmong = 'due' | 'given'

/**
 * A moment that the planner does not see. Seeing it, it expects fewer rows than without, and where much mail waits for later it would plan the
 * statement anew each time: 300 turns a second instead of 500.
 */
const unseen = '(select ?::bigint)'

const texts = new WeakMap<Engine, Map<string, string>>()

/** A turn is one statement: one round trip and one commit. Its text is the same whatever it carries. */
export function postgresTurnSql(engine: Engine, shape: TurnShape, among: ClaimAmong = 'due'): string {
  const known = texts.get(engine) ?? new Map<string, string>()
  texts.set(engine, known)
  const name = `${shape} ${among}`
  const text = known.get(name) ?? write(engine, shape, among)
  known.set(name, text)
  return text
}

function write(engine: Engine, shape: TurnShape, among: ClaimAmong): string {
  const choice = { due, given }[among](engine)
  const settled = `(select json_agg(mail_id)::text from done)`
  if (shape === 'settle') return `with ${settleParts(engine)} select ${settled} as settled`
  if (shape === 'claim') return `with ${claimParts(engine, choice, '')} select c.* from claims c`
  // Settling waits for locks, claiming never does: in this order nobody waits while holding a claim.
  return `with ${settleParts(engine)}, ${claimParts(engine, choice, 'where (select count(*) from done) >= 0')}
select c.*, case when row_number() over () = 1 then ${settled} end as settled from (select 1) one left join claims c on true`
}

/**
 * Parameters: settlements, recipients' changes, attempts. `held` locks in the order given, that of the ids, so that two workers do not deadlock.
 * What a stale acceptance has recorded meanwhile stays: its flag, and that a recipient has the mail. `|| ''` keeps the planner off the small index
 * of what is being sent: it would walk through all of it for each mail, and through what is dead in it while a transaction is left open: 28 ms, not 0.1.
 */
function settleParts(engine: Engine): string {
  const t = engine.tables
  const attempt = Object.keys(attemptColumns)
  return `given as (select * from ${engine.jsonRows('g', settleColumns)}),
held as (select x.mail_id from given g cross join lateral (select d.mail_id from ${t.delivery} d
  where d.mail_id = g.mail_id and d.token = g.token and d.state || '' = 'sending' for update) x),
done as (update ${t.delivery} d set ${assignments(settleChanges)}
  from given g where d.mail_id = any(array(select mail_id from held)) and g.mail_id = d.mail_id returning d.mail_id),
changed as (update ${t.recipient} r set state = c.state, code = c.code, enhanced = c.enhanced, reply = c.reply, settled_at = c.settled_at
  from ${engine.jsonRows('c', changeColumns)} where r.mail_id = any(array(select mail_id from done))
  and c.mail_id = r.mail_id and c.seq = r.seq and r.state <> 'accepted'),
told as (insert into ${t.attempt} (${attempt.join(', ')}) select ${attempt.map((name) => `a.${name}`).join(', ')}
  from ${engine.jsonRows('a', attemptColumns)} join done on done.mail_id = a.mail_id on conflict do nothing)`
}

/**
 * Parameters: pairs, requests, those of the choice, now, worker, now, now, size of MIME, now. The states are literals, for a parameter would keep the planner off
 * the partial index; the limits keep the planner from locking more than it gives; an array of ids keeps it from reading whole tables for a thousand
 * rows that it expects and that never come.
 */
function claimParts(engine: Engine, choice: string, condition: string): string {
  const t = engine.tables
  return `pair as (select p.* from ${engine.jsonRows('p', pairColumns)}
  where not exists (select 1 from ${t.pause} z where z.stream in ('', p.stream))),
due as (select x.mail_id from ${engine.jsonRows('q', { request: 'integer', wanted: 'integer' })}
  cross join lateral (${choice}) x ${condition}),
claimed as (update ${t.delivery} d set token = ${nextToken()}, (state, reason, settled_at, worker_id, claimed_at, dispatched_at) =
  (select case when m.id is null then 'failed' else 'sending' end, case when m.id is null then 'unreadable' end,
    case when m.id is null then ?::bigint end, case when m.id is not null then ?::uuid end,
    case when m.id is not null then ?::bigint end, case when m.on_unknown <> 'hold' then ?::bigint end
    from (select 1) one left join ${t.mail} m on m.id = d.mail_id)
  where d.mail_id = any(array(select mail_id from due)) returning d.*),
claims as (select c.mail_id, c.token, c.stream, c.lane, c.due_at, c.expires_at, c.attempts, c.unknowns, c.rescues, m.tenant, m.message_id, m.sender,
    m.created_at, m.send_at, m.on_unknown, m.is_sensitive, m.retry, m.smtp, b.mime_size,
    case when b.mime_size <= ?::integer then b.mime end as mime, ${recipients(engine)} as recipients
  from claimed c join ${t.mail} m on m.id = c.mail_id left join ${t.body} b on b.mail_id = c.mail_id where c.state = 'sending')`
}

/** Parameter: now. Lane by lane, each by its index. */
function due({ tables }: Engine): string {
  return `select d.mail_id from pair p
    cross join lateral (select n.mail_id from ${tables.delivery} n
      where n.state = 'queued' and n.stream = p.stream and n.lane = p.lane and n.due_at >= p.due_from and n.due_at <= ${unseen}
      order by n.due_at limit q.wanted for update skip locked) d
    where p.request = q.request limit q.wanted`
}

/** Parameters: ids, now. By primary key, so that a long queue does not matter. */
function given(engine: Engine): string {
  return `select n.mail_id from ${engine.tables.delivery} n join pair p on p.stream = n.stream and p.lane = n.lane
    where p.request = q.request and n.mail_id = any(array(select x.id from ${givenIds(engine)}))
      and n.state = 'queued' and n.due_at <= ${unseen}
    order by n.lane, n.due_at limit q.wanted for update of n skip locked`
}

function recipients(engine: Engine): string {
  const { tables: t } = engine
  const keys = raw(`r.address_key, substring(r.address_key from '@[^@]*$'),
        'sha256:' || encode(sha256(convert_to(r.address_key, 'UTF8')), 'hex')`)
  const suppressed = isSuppressed(engine, keys, { stream: raw('c.stream'), now: raw(unseen) })
  return `(select json_agg(json_build_array(r.seq, r.address, r.kind, case when r.state = 'pending' and ${suppressed} then 'suppressed' else r.state end) order by r.seq)::text
    from ${t.recipient} r where r.mail_id = c.mail_id)`
}
