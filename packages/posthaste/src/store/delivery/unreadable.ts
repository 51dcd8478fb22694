import { latestInstant } from '../../input/time.ts'
import { tableOf } from '../add/rows.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { idsParam, updateGiven } from '../given-ids.ts'
import { raw, run, sql } from '../sql.ts'
import type { AttemptRecord, Claim } from '../store.ts'
import { changesOf } from '../transition-sql.ts'
import { everyLane, pairColumns, pairsOf } from './due-pairs.ts'
import { attemptRow } from './settle-rows.ts'
import { attemptSql } from './stepwise-settle.ts'

/** Claims of which nothing can be made fail, and no others with them; their history names the columns. */
export async function failUnreadable(
  { database, engine }: StoreBase,
  claims: readonly Claim[],
  now: number,
): Promise<void> {
  if (claims.length === 0) return
  const ids = claims.map(({ mailId }) => mailId)
  const attempts = claims.map((claim) => attemptRow(unreadableAttempt(claim, now), engine))
  await withTransactionRetry(() =>
    database.transaction(async (tx) => {
      const failing = { table: engine.tables.delivery, key: 'mail_id', where: "d.state = 'sending'" }
      await tx.query(updateGiven(engine, { ...failing, set: failed }), [idsParam(engine, ids, now)])
      await tx.query(attemptSql(engine), [JSON.stringify(attempts)])
      await eraseEnded(tx, ids, engine)
    }),
  )
}

const unreadable = { state: "'failed'", reason: "'unreadable'" }
const unclaimed = { worker_id: 'null', claimed_at: 'null', dispatched_at: 'null' }
const failed = changesOf('claim', { now: 'x.now', ...unreadable, ...unclaimed })

function unreadableAttempt(claim: Claim, now: number): AttemptRecord {
  const { mailId, token, attempts, faults = [] } = claim
  const reply = `what its rows hold cannot be read: ${faults.join(', ')}`
  return {
    ...{ mailId, token, attempt: attempts + 1, startedAt: now, ms: 0, worker: '', transport: '' },
    ...{ outcome: 'unreadable', code: null, enhanced: null, reply, errorCode: null },
    ...{ doubt: false, remote: null, tls: null, serverMessageId: null, recipients: [] },
  }
}

/** Fails mail whose due time cannot be read: else it would never be claimed, in silence. Returns how many. */
export async function failUndue(
  { database, engine }: StoreBase,
  streams: readonly string[],
  { now, limit }: { now: number; limit: number },
): Promise<number> {
  if (streams.length === 0) return 0
  const ids = new Set<string>()
  for (const condition of ['d.due_at < 0', `d.due_at > ${latestInstant}`])
    for (const id of await undue({ database, engine }, streams, { condition, limit })) ids.add(id)
  if (ids.size === 0) return 0
  const set = changesOf('claim', { now: 'x.now', ...unreadable, due_at: 'x.now' })
  const failing = { table: engine.tables.delivery, key: 'mail_id', set, where: "d.state = 'queued'" }
  await withTransactionRetry(() =>
    database.transaction(async (tx) => {
      await tx.query(updateGiven(engine, failing), [idsParam(engine, ids, now)])
      await eraseEnded(tx, [...ids], engine)
    }),
  )
  return ids.size
}

/** Lane by lane, for so it is one step into the index each. */
async function undue(
  { database, engine }: { database: StoreBase['database']; engine: Engine },
  streams: readonly string[],
  { condition, limit }: { condition: string; limit: number },
): Promise<string[]> {
  const pairs = pairsOf([{ streams, lanes: everyLane, limit: 1 }], 0)
  const { rows } = await run(
    database,
    sql`select d.mail_id
      from ${tableOf(engine, 'p', pairColumns, pairs)}
      ${engine.lookup(engine.tables.delivery, 'd')}
        on d.stream = p.stream and d.lane = p.lane and d.state = 'queued' and ${raw(condition)}
      limit ${raw(String(Math.trunc(limit)))}`,
  )
  return rows.map(({ mail_id }) => engine.readId(mail_id))
}
