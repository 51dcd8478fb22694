import type { Executor } from '../../connections/database.ts'
import { keyTenant } from '../add/rows.ts'
import { claimOf } from '../delivery/claim-rows.ts'
import { isNotPaused, type Pair } from '../delivery/due-pairs.ts'
import { suppressedNow } from '../delivery/suppressed-now.ts'
import type { Engine, JsonColumns } from '../engine.ts'
import { fromGiven, idsParam } from '../given-ids.ts'
import { groupBy, StoredRow } from '../rows.ts'
import { raw, run, Sql, sql } from '../sql.ts'
import { type Claim, inlineUpTo, type Turn } from '../store.ts'
import { nextToken } from '../transition-sql.ts'

interface Looking {
  /** Where to look, in the order of preference. */
  readonly pairs: readonly Pair[]
  readonly engine: Engine
}

/** Locks due mail lane by lane, then claims it. Differs because SQLite cannot update within `with`. */
export async function sqliteClaim(tx: Executor, turn: Turn, { pairs, engine }: Looking): Promise<Claim[]> {
  const ids = new Set<string>()
  const among = turn.ids && idsParam(engine, turn.ids)
  for (const [request, { limit }] of turn.claim.entries()) {
    const its = pairs.filter((pair) => pair.request === request)
    await lockDue(tx, its, { limit, now: turn.now, ids, among, engine })
  }
  if (ids.size === 0) return []
  const leases = [...ids].sort().map((id) => leaseOf(id, turn, engine))
  await tx.query(claimSql(engine), [JSON.stringify(leases)])
  return readClaims(tx, ids, { now: turn.now, engine })
}

interface Locking {
  readonly limit: number
  readonly now: number
  readonly ids: Set<string>
  /** The mails to choose from, as a parameter; undefined is all. */
  readonly among: string | undefined
  readonly engine: Engine
}

async function lockDue(
  tx: Executor,
  pairs: readonly Pair[],
  { limit, now, ids, among, engine }: Locking,
): Promise<void> {
  const most = ids.size + limit
  for (const { stream, lane, due_from } of pairs) {
    if (ids.size >= most) return
    // The limit stands in the text because MySQL takes no bound number there.
    const { rows } = await run(
      tx,
      sql`select d.mail_id
        ${from(among, engine)}
        where d.state = 'queued' and d.stream = ${stream} and d.lane = ${lane}
          and d.due_at >= ${among === undefined ? due_from : 0} and d.due_at <= ${now}
          and ${isNotPaused(engine, sql`${stream}`)}
        order by d.due_at
        limit ${raw(String(most - ids.size))}${engine.locks.freeRows}`,
    )
    for (const row of rows) ids.add(engine.readId(row.mail_id))
  }
}

function from(among: string | undefined, engine: Engine): Sql {
  const { delivery } = engine.tables
  return among === undefined
    ? sql`from ${delivery} d`
    : new Sql(fromGiven(engine, delivery, 'mail_id'), [among])
}

const leaseColumns = { id: 'id', worker_id: 'id', now: 'bigint' } as const satisfies JsonColumns

function leaseOf(
  id: string,
  { workerId, now }: Turn,
  engine: Engine,
): Record<keyof typeof leaseColumns, string | number> {
  return { id: engine.jsonId(id), worker_id: engine.jsonId(workerId), now }
}

/** Mail whose row is gone cannot be sent: it fails here, and never comes as a claim. */
function claimSql(engine: Engine): string {
  const here = (value: string, otherwise = 'null') =>
    `case when m.id is null then ${otherwise} else ${value} end`
  return engine.updateFrom({
    table: engine.tables.delivery,
    from: engine.jsonRows('x', leaseColumns),
    joins: `left join ${engine.tables.mail} m on m.id = ${engine.fromJsonId('x.id')}`,
    on: `d.mail_id = ${engine.fromJsonId('x.id')}`,
    set: {
      state: here("'sending'", "'failed'"),
      reason: here('null', "'unreadable'"),
      settled_at: here('null', 'x.now'),
      token: nextToken(),
      worker_id: here(engine.fromJsonId('x.worker_id').sql),
      claimed_at: here('x.now'),
      dispatched_at: "case when m.on_unknown <> 'hold' then x.now end",
    },
  })
}

async function readClaims(
  tx: Executor,
  ids: Set<string>,
  { now, engine }: { now: number; engine: Engine },
): Promise<Claim[]> {
  const { delivery, mail, body, recipient } = engine.tables
  const given = idsParam(engine, ids)
  const { rows } = await run(
    tx,
    sql`select d.mail_id, d.token, d.stream, d.lane, d.due_at, d.expires_at, d.attempts, d.unknowns, d.rescues,
        m.tenant, m.message_id, m.sender, m.created_at, m.send_at, m.on_unknown, m.is_sensitive, m.retry, m.smtp,
        b.mime_size, case when b.mime_size <= ${inlineUpTo(ids.size)} then b.mime end as mime
      ${new Sql(fromGiven(engine, delivery, 'mail_id'), [given])}
      join ${mail} m on m.id = d.mail_id
      left join ${body} b on b.mail_id = d.mail_id
      where d.state = 'sending'`,
  )
  const recipients = await tx.query(
    `select d.mail_id, d.seq, d.address, d.address_key, d.kind, d.state
     ${fromGiven(engine, recipient, 'mail_id')} order by d.mail_id, d.seq`,
    [given],
  )
  const mails = new Map(
    rows.map((row) => [
      engine.readId(row.mail_id),
      { stream: String(row.stream), tenant: keyTenant({ tenant: new StoredRow(row).textOrNull('tenant') }) },
    ]),
  )
  const mailOf = (row: { mail_id?: unknown }) =>
    mails.get(engine.readId(row.mail_id)) ?? { stream: '', tenant: '' }
  const suppressed = await suppressedNow(tx, recipients.rows, { mailOf, now, engine })
  const byMail = groupBy(recipients.rows, (row) => engine.readId(row.mail_id))
  return rows.map((row) => {
    const mine = byMail.get(engine.readId(row.mail_id)) ?? []
    const tuples = mine.map((one) => [
      one.seq,
      one.address,
      one.kind,
      suppressed.has(one) ? 'suppressed' : one.state,
    ])
    return claimOf(row, tuples, engine)
  })
}
