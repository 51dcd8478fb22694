import type { Executor, Row } from '../../connections/database.ts'
import { claimOf, type RecipientTuple } from '../delivery/claim-rows.ts'
import type { DuePair } from '../delivery/due-pairs.ts'
import { listOf, StoredRow } from '../rows.ts'
import { join, raw, type Sql, sql } from '../sql.ts'
import { type Claim, inlineUpTo, type Turn } from '../store.ts'
import { nextToken } from '../transition-sql.ts'
import { claimColumns, mailColumns, recipientRowsSql } from './claim-sql.ts'
import { padded } from './update-rows.ts'
import type { MysqlEngine } from './variants.ts'

interface At {
  readonly turn: Turn
  readonly engine: MysqlEngine
}

/** Locks due mail lane by lane, and reads in the same statement all that a claim holds; then claims it. */
export async function mysqlClaim(
  tx: Executor,
  turn: Turn,
  { pairs, engine }: { pairs: readonly DuePair[]; engine: MysqlEngine },
): Promise<Claim[]> {
  const locked = new Map<string, Row>()
  for (const [request, { limit }] of turn.claim.entries()) {
    const most = locked.size + limit
    for (const pair of pairs)
      if (pair.request === request && locked.size < most)
        for (const row of await lockDue(tx, { pair, limit: most - locked.size }, { turn, engine }))
          locked.set(engine.readId(row.mail_id), row)
  }
  const rows = (await whole(tx, [...locked.values()], { turn, engine })).map(withMail)
  await claim(tx, rows, { turn, engine })
  return Promise.all(rows.filter(isReadable).map((row) => claimRead(tx, row, { turn, engine })))
}

async function lockDue(
  tx: Executor,
  { pair, limit }: { pair: DuePair; limit: number },
  { turn, engine }: At,
): Promise<Row[]> {
  // From the first mail that could be seen: before it stands only what open transactions hold, and each row of theirs
  // is locked to be skipped. The limit stands in the text because MySQL takes no bound number there.
  const due = sql`select ${columnsOf(turn, engine)}
    from ${engine.tables.delivery} d${among(turn, engine)}
      and d.state = 'queued' and d.stream = ${pair.stream} and d.lane = ${pair.lane}
      and d.due_at >= ${turn.ids === undefined ? pair.due : 0} and d.due_at <= ${turn.now}
    order by d.due_at limit ${raw(String(Math.trunc(limit)))}${engine.locks.freeRows}`
  return (await tx.query(due.sql, due.params)).rows
}

function columnsOf({ claim, now }: Turn, engine: MysqlEngine): Sql {
  const wanted = claim.reduce((sum, { limit }) => sum + limit, 0)
  return claimColumns(engine, { now, inline: inlineUpTo(wanted) })
}

/** What was committed while the locking statement ran is locked now, and a second statement sees it. */
async function whole(tx: Executor, rows: readonly Row[], { turn, engine }: At): Promise<readonly Row[]> {
  const newer = rows.filter((row) => !isReadable(row)).map(({ mail_id }) => engine.readId(mail_id))
  if (newer.length === 0) return rows
  const statement = sql`select ${columnsOf(turn, engine)}
    from ${engine.tables.delivery} d force index (primary)
    where d.mail_id in (${idList(newer, engine)})`
  const { rows: read } = await tx.query(statement.sql, statement.params)
  const found = new Map(read.map((row) => [engine.readId(row.mail_id), row]))
  return rows.map((row) => found.get(engine.readId(row.mail_id)) ?? row)
}

/** Among given mails they are found by primary key, so that a long queue does not matter. */
function among({ ids }: Turn, engine: MysqlEngine): Sql {
  if (ids === undefined) return raw(' where 1 = 1')
  if (ids.length === 0) return raw(' where 1 = 0')
  return sql` force index (primary) where d.mail_id in (${idList(ids, engine)})`
}

/** Mail whose row is gone cannot be sent: it fails here, and never comes as a claim. */
async function claim(tx: Executor, rows: readonly Row[], { turn, engine }: At): Promise<void> {
  const sending = (dispatchedAt: number | null) =>
    sql`state = 'sending', reason = null, settled_at = null, worker_id = ${engine.id(turn.workerId)},
      claimed_at = ${turn.now}, dispatched_at = ${dispatchedAt}`
  const failed = sql`state = 'failed', reason = 'unreadable', settled_at = ${turn.now}`
  const readable = rows.filter(isReadable)
  await update(
    tx,
    readable.filter((row) => row.on_unknown !== 'hold'),
    { set: sending(turn.now), engine },
  )
  await update(
    tx,
    readable.filter((row) => row.on_unknown === 'hold'),
    { set: sending(null), engine },
  )
  await update(
    tx,
    rows.filter((row) => !isReadable(row)),
    { set: failed, engine },
  )
}

async function update(
  tx: Executor,
  rows: readonly Row[],
  { set, engine }: { set: Sql; engine: MysqlEngine },
): Promise<void> {
  if (rows.length === 0) return
  const ids = rows.map(({ mail_id }) => engine.readId(mail_id)).sort()
  const table = engine.tables.delivery.sql
  const statement = sql`update ${raw(table)} force index (primary)
    set ${set}, token = ${nextToken(table)}
    where mail_id in (${idList(ids, engine)})`
  await tx.query(statement.sql, statement.params)
}

function idList(ids: readonly string[], engine: MysqlEngine): Sql {
  return join(padded(ids).map((id) => sql`${engine.id(id)}`))
}

/** Its columns beside the delivery's, as they were joined. */
function withMail(row: Row): Row {
  const values = listOf<unknown>(row.mail)
  return { ...row, ...Object.fromEntries(mailColumns.map((name, index) => [name, values[index]])) }
}

function isReadable({ mail }: Row): boolean {
  return mail !== null
}

async function claimRead(tx: Executor, row: Row, { turn, engine }: At): Promise<Claim> {
  const recipients = recipientsOf(row.recipients) ?? (await readRecipients(tx, row, { turn, engine }))
  const token = new StoredRow(row).token('token') + 1
  return claimOf({ ...row, token }, recipients, engine)
}

/** Undefined where the list was cut. */
function recipientsOf(json: unknown): RecipientTuple[] | undefined {
  if (json === null) return []
  const [count, list] = listOf<unknown>(json)
  if (!Array.isArray(list) || list.length !== count) return undefined
  return (list as RecipientTuple[]).sort(([a], [b]) => Number(a) - Number(b))
}

async function readRecipients(tx: Executor, row: Row, { turn, engine }: At): Promise<RecipientTuple[]> {
  const of = { mailId: engine.readId(row.mail_id), stream: String(row.stream), now: turn.now }
  const { sql: text, params } = recipientRowsSql(engine, of)
  const { rows } = await tx.query(text, params)
  return rows.map(({ seq, address, kind, state }) => [seq, address, kind, state])
}
