import type { Executor } from '../../connections/database.ts'
import { truncateForColumn } from '../add/rows.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { idsParam, lockGiven, updateGiven } from '../given-ids.ts'
import { join, type Sql, sql } from '../sql.ts'
import { changesOf, isFor } from '../transition-sql.ts'
import { eachBatch } from './each-batch.ts'

/** Mail that was scheduled for later stays so, and so does what its own retry policy lets wait. */
export async function makeWaitingDue(
  base: StoreBase,
  transports: readonly string[],
  now: number,
): Promise<number> {
  if (transports.length === 0) return 0
  const also = waitsFor(transports, now, base.engine)
  return eachBatch(base, { filter: { state: 'queued' }, also }, (tx, ids) => makeDue(tx, ids, { now, base }))
}

/** Its last claim ended with a fault of the transport, or without an attempt. */
function waitsFor(transports: readonly string[], now: number, { tables }: Engine): Sql {
  const names = join(transports.map((name) => sql`${truncateForColumn(name, 60)}`))
  return sql`d.due_at > ${now} and m.send_at <= ${now} and d.token > 0
    and not exists (
      select 1 from ${tables.attempt} a
      where a.mail_id = d.mail_id and a.token = d.token
        and (a.outcome <> 'fault' or a.transport not in (${names}))
    )`
}

async function makeDue(
  tx: Executor,
  ids: readonly string[],
  { now, base: { engine } }: { now: number; base: StoreBase },
): Promise<number> {
  const table = { table: engine.tables.delivery, key: 'mail_id', where: isFor('resumeTransport') }
  const { rows } = await tx.query(lockGiven(engine, { ...table, select: 'd.mail_id' }), [
    idsParam(engine, ids, now),
  ])
  const locked = rows.map(({ mail_id }) => engine.readId(mail_id))
  const set = changesOf('resumeTransport', { now: 'x.now' })
  if (locked.length > 0)
    await tx.query(updateGiven(engine, { ...table, set }), [idsParam(engine, locked, now)])
  return locked.length
}
