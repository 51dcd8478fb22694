import type { Executor } from '../../connections/database.ts'
import { again } from '../again.ts'
import type { StoreBase } from '../base.ts'
import type { Dialect } from '../dialect.ts'
import { deleteUnused } from '../drop-bodies.ts'
import { idAt } from './id-at.ts'
import { deleteMails } from './purge.ts'

interface Sweep {
  readonly before: number
  readonly pinnedBefore: number
  readonly limit: number
}

const window = 8 * 86_400_000

export async function sweep({ database, dialect }: StoreBase, asked: Sweep): Promise<number> {
  return again(() =>
    database.transaction(async (tx) => {
      const contents = await unusedContents(tx, asked, dialect)
      const halves = await halfMails(tx, asked, dialect)
      await deleteMails(tx, halves, dialect)
      await deleteHolds(tx, asked, dialect)
      return (await deleteUnused(tx, contents, dialect)) + halves.length
    }),
  )
}

async function unusedContents(
  tx: Executor,
  { before, pinnedBefore, limit }: Sweep,
  dialect: Dialect,
): Promise<string[]> {
  const { content, content_use } = dialect.tables
  const { rows } = await tx.query(
    `select c.id from ${content} c where c.created_at < case when c.pinned = 1 then ?${dialect.cast('bigint')} else ?${dialect.cast('bigint')} end
       and not exists (select 1 from ${content_use} u where u.content_id = c.id) limit ${Math.trunc(limit)}`,
    [pinnedBefore, before],
  )
  return rows.map(({ id }) => dialect.readId(id))
}

/** What an enqueue that failed, and whose error was caught, left behind. Only those of the last days are looked at: older ones were swept before. */
async function halfMails(tx: Executor, { before, limit }: Sweep, dialect: Dialect): Promise<string[]> {
  const { mail, delivery } = dialect.tables
  const { rows } = await tx.query(
    `select m.id from ${mail} m where m.id >= ? and m.created_at < ?
       and not exists (select 1 from ${delivery} d where d.mail_id = m.id) limit ${Math.trunc(limit)}`,
    [dialect.id(idAt(before - window)), before],
  )
  return rows.map(({ id }) => dialect.readId(id))
}

/** What a call of many mails left behind that could not let go of its transaction. */
async function deleteHolds(tx: Executor, { before }: Sweep, { tables }: Dialect): Promise<void> {
  await tx.query(`delete from ${tables.meta} where name >= 'hold ' and name < ?`, [`hold ${idAt(before)}`])
}
