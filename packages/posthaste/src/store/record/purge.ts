import type { Executor } from '../../connections/database.ts'
import type { Filter } from '../../filter.ts'
import type { State } from '../../mail/mail.ts'
import { keyTenant } from '../add/rows.ts'
import { withTransactionRetry } from '../database-errors.ts'
import { dropBodies, dropContents } from '../drop-bodies.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { anyBody } from '../erase.ts'
import { deleteGiven, fromGiven, idsParam, lockGiven } from '../given-ids.ts'
import { StoredRow } from '../rows.ts'
import { join, raw, run, type Statement, sql } from '../sql.ts'
import { eachBatch } from './each-batch.ts'

interface Purge {
  readonly before: number
  readonly streams?: readonly string[]
  readonly exceptStreams?: readonly string[]
  readonly limit: number
}

export async function purge(
  { database, engine }: StoreBase,
  asked: Purge & { states: readonly State[] },
): Promise<number> {
  if (asked.states.length === 0) return 0
  const states = { sql: `state in (${asked.states.map(() => '?').join(', ')})`, params: asked.states }
  return withTransactionRetry(() =>
    database.transaction(async (tx) => {
      const ids = await lockEnded(tx, { asked, conditions: [states], engine })
      await deleteMails(tx, ids, engine)
      return ids.length
    }),
  )
}

export interface PurgeMatching {
  readonly filter: Filter
  /** Settled before this time. */
  readonly before: number
  /** Only count. */
  readonly dryRun: boolean
}

/** Deletes finished mail that matches, in batches; gives how many. */
export function purgeMatching(base: StoreBase, { filter, before, dryRun }: PurgeMatching): Promise<number> {
  const { engine } = base
  const also = raw(`d.settled_at is not null and d.settled_at < ${Math.trunc(before)}`)
  return eachBatch(base, { filter, also }, async (tx, ids) => {
    if (dryRun) return ids.length
    const lock = { select: 'd.mail_id', table: engine.tables.delivery, key: 'mail_id', where: also }
    const { rows } = await tx.query(lockGiven(engine, lock), [idsParam(engine, ids)])
    await deleteMails(
      tx,
      rows.map(({ mail_id }) => engine.readId(mail_id)),
      engine,
    )
    return rows.length
  })
}

export async function purgeBodies({ database, engine }: StoreBase, asked: Purge): Promise<number> {
  return withTransactionRetry(() =>
    database.transaction(async (tx) => {
      const ids = await lockEnded(tx, { asked, conditions: [raw('has_body > 0')], engine })
      await dropBodies(tx, ids, engine)
      return ids.length
    }),
  )
}

interface Ended {
  readonly asked: Purge
  readonly conditions: readonly Statement[]
  readonly engine: Engine
}

/** Only what has ended has a time of settlement. */
async function lockEnded(tx: Executor, { asked, conditions, engine }: Ended): Promise<string[]> {
  const all = [
    sql`${anyBody} and settled_at is not null and settled_at < ${asked.before}`,
    ...conditions,
    ...streamConditions(asked),
  ]
  const { rows } = await run(
    tx,
    sql`select mail_id
      from ${engine.tables.delivery}
      where ${join(all, ' and ')}
      limit ${raw(String(Math.trunc(asked.limit)))}${engine.locks.freeRows}`,
  )
  return rows.map(({ mail_id }) => engine.readId(mail_id))
}

function streamConditions({ streams, exceptStreams = [] }: Purge): Statement[] {
  const list = (names: readonly string[]) => names.map(() => '?').join(', ')
  return [
    ...(streams === undefined
      ? []
      : [{ sql: streams.length > 0 ? `stream in (${list(streams)})` : '1 = 0', params: streams }]),
    ...(exceptStreams.length > 0
      ? [{ sql: `stream not in (${list(exceptStreams)})`, params: exceptStreams }]
      : []),
  ]
}

/** Everything of these mails, what can be claimed first. */
export async function deleteMails(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  if (ids.length === 0) return
  const t = engine.tables
  const given = [idsParam(engine, ids)]
  await tx.query(deleteGiven(engine, t.delivery, 'mail_id'), given)
  await dropContents(tx, ids, engine)
  for (const table of [t.body, t.recipient, t.tag, t.attempt, t.refusal])
    await tx.query(deleteGiven(engine, table, 'mail_id'), given)
  await deleteKeys(tx, ids, engine)
  await tx.query(deleteGiven(engine, t.mail, 'id'), given)
}

/** By key, which has an index, and only where the key has not gone to another mail since. */
async function deleteKeys(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  const { mail, idempotency } = engine.tables
  const { rows } = await tx.query(
    `select d.id, d.tenant, d.idempotency_key ${fromGiven(engine, mail, 'id')} where d.idempotency_key is not null`,
    [idsParam(engine, ids)],
  )
  for (const { id, tenant, idempotency_key } of rows)
    await run(
      tx,
      sql`delete from ${idempotency}
        where tenant = ${keyTenant({ tenant: new StoredRow({ tenant }).textOrNull('tenant') })}
        and idempotency_key = ${String(idempotency_key)}
        and mail_id = ${engine.id(engine.readId(id))}`,
    )
}
