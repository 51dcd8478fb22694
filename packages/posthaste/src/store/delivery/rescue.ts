import type { Executor, Row } from '../../connections/database.ts'
import type { Reason, State } from '../../mail/mail.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { deleteGiven, fromGiven, idsParam } from '../given-ids.ts'
import { StoredRow } from '../rows.ts'
import { raw, run, sql } from '../sql.ts'
import type { AttemptRecord } from '../store.ts'
import { isOver } from '../stored-times.ts'
import { type rescuedColumns, rescueSql } from './rescue-sql.ts'
import { attemptRow } from './settle-rows.ts'
import { attemptSql } from './stepwise-settle.ts'

const mostAtOnce = 2_000

/**
 * In one transaction: the dead workers are locked, their claims taken, their rows deleted. Two rescuers take nothing
 * twice.
 */
export async function rescue(
  { database, engine }: StoreBase,
  now: number,
  maxRescues: number,
): Promise<{ workers: number; mails: number }> {
  if (!(await isAnyDead(database, now, engine))) return { workers: 0, mails: 0 }
  return withTransactionRetry(() =>
    database.transaction(async (tx) => {
      const dead = await lockDead(tx, now, engine)
      const orphans = await lockOrphans(tx, { now, dead: new Set(dead.keys()), engine })
      if (orphans.length > 0) await take(tx, { orphans, dead, now, maxRescues, engine })
      if (orphans.length < mostAtOnce && dead.size > 0)
        await tx.query(deleteGiven(engine, engine.tables.worker, 'id'), [idsParam(engine, dead.keys())])
      return { workers: dead.size, mails: orphans.length }
    }),
  )
}

/** One statement where all live, which is nearly always. */
async function isAnyDead(executor: Executor, now: number, { tables }: Engine): Promise<boolean> {
  const { rows } = await run(
    executor,
    sql`select case
        when exists (select 1 from ${tables.worker} where ${isOver('lease_until', now)}) then 1
        when exists (
          select 1
          from ${tables.delivery} d
          left join ${tables.worker} w on w.id = d.worker_id
          where d.state = 'sending' and w.id is null
        ) then 1
        else 0
      end as found`,
  )
  return Number(rows[0]?.found) === 1
}

/** Locked: a heartbeat that comes too late waits for us, and then finds its row gone. */
async function lockDead(
  tx: Executor,
  now: number,
  { tables, readId, locks }: Engine,
): Promise<Map<string, string>> {
  const { rows } = await run(
    tx,
    sql`select id, name
      from ${tables.worker}
      where ${isOver('lease_until', now)}
      order by id
      limit 100${locks.freeRows}`,
  )
  return new Map(rows.map(({ id, name }) => [readId(id), String(name)]))
}

interface Orphan {
  readonly mailId: string
  readonly workerId: string | undefined
  readonly token: number
  readonly attempts: number
  readonly rescues: number
  readonly claimedAt: number | null
  readonly dispatchedAt: number | null
  readonly holds: boolean
}

/** Of a row edited by hand, too: what cannot be read here must not keep the others from being rescued. */
function orphanOf(row: Row, policy: unknown, engine: Engine): Orphan {
  const read = new StoredRow(row)
  const dispatchedAt = read.timeOrNull('dispatched_at')
  return {
    mailId: engine.readId(row.mail_id),
    workerId: row.worker_id === null ? undefined : engine.readId(row.worker_id),
    token: read.token('token'),
    attempts: read.count('attempts'),
    rescues: read.count('rescues'),
    claimedAt: read.timeOrNull('claimed_at'),
    dispatchedAt: read.faults.includes('dispatched_at') ? 0 : dispatchedAt,
    holds: policy === 'hold',
  }
}

/** Claims of the workers that are locked here, and of those that have no row any more. */
async function lockOrphans(
  tx: Executor,
  { now, dead, engine }: { now: number; dead: Set<string>; engine: Engine },
): Promise<Orphan[]> {
  const { delivery, worker, mail } = engine.tables
  const seen = await run(
    tx,
    sql`select d.mail_id, m.on_unknown, w.id as worker_row
      from ${delivery} d
      left join ${worker} w on w.id = d.worker_id
      left join ${mail} m on m.id = d.mail_id
      where d.state = 'sending' and (w.id is null or ${isOver('w.lease_until', now)})
      order by d.mail_id
      limit ${raw(String(mostAtOnce))}`,
  )
  const mine = seen.rows.filter(
    ({ worker_row }) => worker_row === null || dead.has(engine.readId(worker_row)),
  )
  if (mine.length === 0) return []
  const policies = new Map(mine.map((row) => [engine.readId(row.mail_id), row.on_unknown]))
  const { rows } = await tx.query(
    `select d.mail_id, d.worker_id, d.token, d.attempts, d.rescues, d.claimed_at, d.dispatched_at, d.due_at
     ${fromGiven(engine, delivery, 'mail_id')}
     where d.state = 'sending'${engine.locks.freeInOrder('mail_id')}`,
    [idsParam(engine, policies.keys())],
  )
  return rows.map((row) => orphanOf(row, policies.get(engine.readId(row.mail_id)), engine))
}

interface Taking {
  readonly orphans: readonly Orphan[]
  readonly dead: ReadonlyMap<string, string>
  readonly now: number
  readonly maxRescues: number
  readonly engine: Engine
}

async function take(tx: Executor, { orphans, dead, now, maxRescues, engine }: Taking): Promise<void> {
  const rows = orphans.map((orphan) => ({
    mail_id: engine.jsonId(orphan.mailId),
    ...fateOf(orphan, maxRescues),
    unknowns: orphan.dispatchedAt === null ? 0 : 1,
    now,
  }))
  await tx.query(rescueSql(engine), [
    JSON.stringify(rows satisfies Record<keyof typeof rescuedColumns, unknown>[]),
  ])
  const attempts = orphans.map((orphan) =>
    attemptRow(diedAttempt(orphan, dead.get(orphan.workerId ?? ''), now), engine),
  )
  await tx.query(attemptSql(engine), [JSON.stringify(attempts)])
  await eraseEnded(
    tx,
    orphans.map(({ mailId }) => mailId),
    engine,
  )
}

/** Mail that was with so many workers when they died is the likely cause of their deaths. */
function fateOf(
  { rescues, dispatchedAt, holds }: Orphan,
  maxRescues: number,
): { state: State; reason: Reason | null } {
  if (rescues + 1 >= maxRescues) return { state: 'failed', reason: 'crashed-workers' }
  if (dispatchedAt !== null && holds) return { state: 'held', reason: 'unknown' }
  return { state: 'queued', reason: null }
}

function diedAttempt(orphan: Orphan, name: string | undefined, now: number): AttemptRecord {
  const startedAt = orphan.dispatchedAt || orphan.claimedAt || now
  const doubt = orphan.dispatchedAt !== null
  const fate = doubt ? 'it may have been sent' : 'it had not been dispatched'
  return {
    mailId: orphan.mailId,
    token: orphan.token,
    attempt: orphan.attempts + 1,
    startedAt,
    ms: Math.max(0, now - startedAt),
    worker: name ?? orphan.workerId ?? '',
    transport: '',
    outcome: 'died',
    code: null,
    enhanced: null,
    reply: `worker ${name ?? orphan.workerId ?? 'unknown'} died holding it; ${fate}`,
    errorCode: null,
    doubt,
    remote: null,
    tls: null,
    serverMessageId: null,
    recipients: [],
  }
}
