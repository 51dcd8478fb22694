import type { Executor } from '../connections/database.ts'
import type { Dialect } from './dialect.ts'
import { idsParam, inGiven } from './given-ids.ts'

/** Deletes what these mails said, attachments that nobody else uses included, and keeps the record. */
export async function dropBodies(tx: Executor, ids: readonly string[], dialect: Dialect): Promise<void> {
  if (ids.length === 0) return
  const { body, delivery } = dialect.tables
  const given = [idsParam(dialect, ids)]
  await tx.query(`update ${delivery} set has_body = 0 where ${inGiven(dialect, 'mail_id')}`, given)
  await dropContents(tx, ids, dialect)
  await tx.query(`delete from ${body} where ${inGiven(dialect, 'mail_id')}`, given)
}

/** Pinned contents stay: they were stored to be used again. */
export async function dropContents(tx: Executor, ids: readonly string[], dialect: Dialect): Promise<void> {
  const { content, content_use } = dialect.tables
  const given = [idsParam(dialect, ids)]
  const used = await tx.query(
    `select distinct u.content_id from ${content_use} u join ${content} c on c.id = u.content_id
     where ${inGiven(dialect, 'u.mail_id')} and c.pinned = 0`,
    given,
  )
  await tx.query(`delete from ${content_use} where ${inGiven(dialect, 'mail_id')}`, given)
  await deleteUnused(
    tx,
    used.rows.map(({ content_id }) => dialect.readId(content_id)),
    dialect,
  )
}

/** Locked first and looked at afterwards: an enqueue that has just begun to use one keeps it. */
export async function deleteUnused(
  tx: Executor,
  contents: readonly string[],
  dialect: Dialect,
): Promise<number> {
  if (contents.length === 0) return 0
  const { content, chunk, content_use } = dialect.tables
  const locked = await tx.query(
    `select id from ${content} where ${inGiven(dialect, 'id')} order by id${dialect.skipLocked}`,
    [idsParam(dialect, contents)],
  )
  const unused = await tx.query(
    `select c.id from ${content} c where ${inGiven(dialect, 'c.id')} and not exists (select 1 from ${content_use} u where u.content_id = c.id)`,
    [
      idsParam(
        dialect,
        locked.rows.map(({ id }) => dialect.readId(id)),
      ),
    ],
  )
  const ids = unused.rows.map(({ id }) => dialect.readId(id))
  if (ids.length === 0) return 0
  await tx.query(`delete from ${chunk} where ${inGiven(dialect, 'content_id')}`, [idsParam(dialect, ids)])
  await tx.query(`delete from ${content} where ${inGiven(dialect, 'id')}`, [idsParam(dialect, ids)])
  return ids.length
}
