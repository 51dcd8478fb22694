import { tableOf } from '../add/rows.ts'
import { isNotPaused, pairColumns, pairsOf } from '../delivery/due-pairs.ts'
import {
  attemptColumns,
  attemptRow,
  changeColumns,
  changeRows,
  settleChanges,
  settleColumns,
  settleRows,
} from '../delivery/settle-rows.ts'
import { assignments, type Engine } from '../engine.ts'
import { givenIds, idsParam } from '../given-ids.ts'
import { empty, join, raw, Sql, sql } from '../sql.ts'
import { inlineUpTo, type Turn } from '../store.ts'
import { isSuppressed } from '../suppressed.ts'
import { nextToken } from '../transition-sql.ts'

const settled = raw('(select json_agg(mail_id)::text from done)')

/** A turn is one statement: one round trip and one commit. Its text is the same whatever it carries. */
export function postgresTurnSql(engine: Engine, turn: Turn): Sql {
  if (turn.claim.every(({ limit }) => limit === 0))
    return sql`with ${settleParts(engine, turn)}
select ${settled} as settled`
  if (turn.settle.length === 0)
    return sql`with ${claimParts(engine, turn, empty)}
select c.*
from claims c`
  // Settling waits for locks, claiming does not. Settling comes first, so no turn waits while it holds claims.
  return sql`with ${settleParts(engine, turn)},
${claimParts(engine, turn, raw('where (select count(*) from done) >= 0'))}
select c.*, case when row_number() over () = 1 then ${settled} end as settled
from (select 1) one
left join claims c on true`
}

function settleParts(engine: Engine, turn: Turn): Sql {
  return join([held(engine, turn), done(engine), changed(engine, turn), told(engine, turn)], ',\n')
}

/**
 * Locks in the order given, that of the ids, so that two workers do not deadlock. `|| ''` keeps the planner off the
 * small index of what is being sent: it would walk through all of it for each mail, and through what is dead in it
 * while a transaction is left open: 28 ms, not 0.1.
 */
function held(engine: Engine, { settle, now }: Turn): Sql {
  return sql`given as (
  select *
  from ${tableOf(engine, 'g', settleColumns, settleRows(settle, now, engine))}
),
held as (
  select x.mail_id
  from given g
  cross join lateral (
    select d.mail_id
    from ${engine.tables.delivery} d
    where d.mail_id = g.mail_id and d.token = g.token and d.state || '' = 'sending'
    for update
  ) x
)`
}

function done({ tables }: Engine): Sql {
  return sql`done as (
  update ${tables.delivery} d
  set ${raw(assignments(settleChanges))}
  from given g
  where d.mail_id = any(array(select mail_id from held)) and g.mail_id = d.mail_id
  returning d.mail_id
)`
}

/** What a stale acceptance has recorded meanwhile stays: that a recipient has the mail. */
function changed(engine: Engine, { settle, now }: Turn): Sql {
  const changes = settle.flatMap((one) => changeRows(one, now, engine))
  return sql`changed as (
  update ${engine.tables.recipient} r
  set state = c.state, code = c.code, enhanced = c.enhanced, reply = c.reply, settled_at = c.settled_at
  from ${tableOf(engine, 'c', changeColumns, changes)}
  where r.mail_id = any(array(select mail_id from done))
    and c.mail_id = r.mail_id and c.seq = r.seq and r.state <> 'accepted'
)`
}

function told(engine: Engine, { settle }: Turn): Sql {
  const columns = Object.keys(attemptColumns)
  const attempts = settle.flatMap(({ attempt }) => (attempt ? [attemptRow(attempt, engine)] : []))
  return sql`told as (
  insert into ${engine.tables.attempt} (${raw(columns.join(', '))})
  select ${raw(columns.map((name) => `a.${name}`).join(', '))}
  from ${tableOf(engine, 'a', attemptColumns, attempts)}
  join done on done.mail_id = a.mail_id
  on conflict do nothing
)`
}

function claimParts(engine: Engine, turn: Turn, condition: Sql): Sql {
  return join([due(engine, turn, condition), claimed(engine, turn), claims(engine, turn)], ',\n')
}

const requestColumns = { request: 'integer', wanted: 'integer' } as const

function requestsOf({ claim }: Turn) {
  return claim.map(({ limit }, request) => ({ request, wanted: limit })).filter(({ wanted }) => wanted > 0)
}

function due(engine: Engine, turn: Turn, condition: Sql): Sql {
  const choice = turn.ids ? amongGiven(engine, turn, turn.ids) : amongDue(engine, turn)
  return sql`pair as (
  select p.*
  from ${tableOf(engine, 'p', pairColumns, pairsOf(turn.claim, turn.now))}
  where ${isNotPaused(engine, raw('p.stream'))}
),
due as (
  select x.mail_id
  from ${tableOf(engine, 'q', requestColumns, requestsOf(turn))}
  cross join lateral (
    ${choice}
  ) x
  ${condition}
)`
}

/**
 * Lane by lane, each by its index. The state is a literal, for a parameter would keep the planner off the partial
 * index; the limit keeps it from locking more than it gives.
 */
function amongDue({ tables }: Engine, { now }: Turn): Sql {
  return sql`select d.mail_id
    from pair p
    cross join lateral (
      select n.mail_id
      from ${tables.delivery} n
      where n.state = 'queued' and n.stream = p.stream and n.lane = p.lane
        and n.due_at >= p.due_from and n.due_at <= ${unseen(now)}
      order by n.due_at
      limit q.wanted
      for update skip locked
    ) d
    where p.request = q.request
    limit q.wanted`
}

/** By primary key, so that a long queue does not matter. */
function amongGiven(engine: Engine, { now }: Turn, ids: readonly string[]): Sql {
  const given = new Sql(givenIds(engine).sql, [idsParam(engine, ids)])
  return sql`select n.mail_id
    from ${engine.tables.delivery} n
    join pair p on p.stream = n.stream and p.lane = n.lane
    where p.request = q.request and n.mail_id = any(array(select x.id from ${given}))
      and n.state = 'queued' and n.due_at <= ${unseen(now)}
    order by n.lane, n.due_at
    limit q.wanted
    for update of n skip locked`
}

/**
 * A moment that the planner does not see. Seeing it, it expects fewer rows than without, and where much mail waits for
 * later it would plan the statement anew each time: 300 turns a second instead of 500.
 */
function unseen(now: number): Sql {
  return sql`(select ${now}::bigint)`
}

/** An array of ids keeps the planner from reading whole tables, for it expects a thousand rows. */
function claimed({ tables: t }: Engine, { now, workerId }: Turn): Sql {
  return sql`claimed as (
  update ${t.delivery} d
  set token = ${nextToken()},
    (state, reason, settled_at, worker_id, claimed_at, dispatched_at) = (
      select case when m.id is null then 'failed' else 'sending' end,
        case when m.id is null then 'unreadable' end,
        case when m.id is null then ${now}::bigint end,
        case when m.id is not null then ${workerId}::uuid end,
        case when m.id is not null then ${now}::bigint end,
        case when m.on_unknown <> 'hold' then ${now}::bigint end
      from (select 1) one
      left join ${t.mail} m on m.id = d.mail_id
    )
  where d.mail_id = any(array(select mail_id from due))
  returning d.*
)`
}

function claims(engine: Engine, turn: Turn): Sql {
  const { mail, body } = engine.tables
  const wanted = requestsOf(turn).reduce((sum, request) => sum + request.wanted, 0)
  return sql`claims as (
  select c.mail_id, c.token, c.stream, c.lane, c.due_at, c.expires_at, c.attempts, c.unknowns, c.rescues,
    m.tenant, m.message_id, m.sender, m.created_at, m.send_at, m.on_unknown, m.is_sensitive, m.retry, m.smtp,
    b.mime_size, case when b.mime_size <= ${inlineUpTo(wanted)}::integer then b.mime end as mime,
    ${recipients(engine, turn)} as recipients
  from claimed c
  join ${mail} m on m.id = c.mail_id
  left join ${body} b on b.mail_id = c.mail_id
  where c.state = 'sending'
)`
}

function recipients(engine: Engine, { now }: Turn): Sql {
  const keys = raw(`r.address_key, substring(r.address_key from '@[^@]*$'),
        'sha256:' || encode(sha256(convert_to(r.address_key, 'UTF8')), 'hex')`)
  const suppressed = isSuppressed(engine, keys, {
    stream: raw('c.stream'),
    tenant: raw("coalesce(m.tenant, '')"),
    now: unseen(now),
  })
  return sql`(
      select json_agg(json_build_array(r.seq, r.address, r.kind,
        case when r.state = 'pending' and ${suppressed} then 'suppressed' else r.state end) order by r.seq)::text
      from ${engine.tables.recipient} r
      where r.mail_id = c.mail_id
    )`
}
