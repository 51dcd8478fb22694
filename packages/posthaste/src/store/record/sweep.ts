import type { Executor } from '../../connections/database.ts'
import { withTransactionRetry } from '../database-errors.ts'
import { deleteUnused } from '../drop-bodies.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { eraseDue } from '../erase.ts'
import { raw, run, sql } from '../sql.ts'
import { idAt } from './matching.ts'
import { deleteMails } from './purge.ts'

interface Sweep {
  readonly before: number
  readonly pinnedBefore: number
  readonly limit: number
}

const window = 8 * 86_400_000

export async function sweep({ database, engine }: StoreBase, asked: Sweep): Promise<number> {
  const swept = await withTransactionRetry(() =>
    database.transaction(async (tx) => {
      const contents = await unusedContents(tx, asked, engine)
      const halves = await halfMails(tx, asked, engine)
      await deleteMails(tx, halves, engine)
      await deleteHolds(tx, asked, engine)
      await deleteRefusals(tx, asked, engine)
      await deletePauses(tx, asked, engine)
      const erased = await eraseDue(tx, asked.limit, engine)
      return (await deleteUnused(tx, contents, engine)) + halves.length + erased
    }),
  )
  if (engine.emptyLogSql) await run(database, engine.emptyLogSql)
  return swept
}

async function unusedContents(
  tx: Executor,
  { before, pinnedBefore, limit }: Sweep,
  engine: Engine,
): Promise<string[]> {
  const { content, content_use } = engine.tables
  const cast = engine.cast('bigint')
  const { rows } = await run(
    tx,
    sql`select c.id
      from ${content} c
      where c.created_at < case when c.pinned = 1 then ${pinnedBefore}${cast} else ${before}${cast} end
        and not exists (select 1 from ${content_use} u where u.content_id = c.id)
      limit ${raw(String(Math.trunc(limit)))}`,
  )
  return rows.map(({ id }) => engine.readId(id))
}

/**
 * What an enqueue that failed, and whose error was caught, left behind. Only those of the last days are looked at:
 * older ones were swept before.
 */
async function halfMails(tx: Executor, { before, limit }: Sweep, engine: Engine): Promise<string[]> {
  const { mail, delivery } = engine.tables
  const { rows } = await tx.query(
    `select m.id from ${mail} m where m.id >= ? and m.created_at < ?
       and not exists (select 1 from ${delivery} d where d.mail_id = m.id) limit ${Math.trunc(limit)}`,
    [engine.id(idAt(before - window)), before],
  )
  return rows.map(({ id }) => engine.readId(id))
}

/** What a call of many mails left behind that could not let go of its transaction. */
async function deleteHolds(tx: Executor, { before }: Sweep, { tables }: Engine): Promise<void> {
  await tx.query(`delete from ${tables.meta} where name >= 'hold ' and name < ?`, [`hold ${idAt(before)}`])
}

/**
 * Of mail that has ended. A brake that nothing has tried for long has nothing to keep back; one that ended long ago
 * no mail's age has to leave out any more.
 */
async function deleteRefusals(
  tx: Executor,
  { before, pinnedBefore }: Sweep,
  { tables }: Engine,
): Promise<void> {
  const { refusal, delivery, brake } = tables
  await tx.query(
    `delete from ${refusal}
     where not exists (select 1 from ${delivery} d
       where d.mail_id = ${refusal}.mail_id and d.settled_at is null)`,
  )
  await run(
    tx,
    sql`update ${brake} set ended_at = canary_at where ended_at is null and canary_at < ${before}`,
  )
  await run(tx, sql`delete from ${brake} where ended_at is not null and ended_at < ${pinnedBefore}`)
}

async function deletePauses(tx: Executor, { pinnedBefore }: Sweep, { tables }: Engine): Promise<void> {
  await run(tx, sql`delete from ${tables.pause} where ended_at < ${pinnedBefore}`)
}
