import type { Executor } from '../connections/database.ts'
import type { Dialect } from './dialect.ts'
import { deleteGiven, fromGiven, idsParam, updateGiven } from './given-ids.ts'

/** Deletes what these mails said, attachments that nobody else uses included, and keeps the record. */
export async function dropBodies(tx: Executor, ids: readonly string[], dialect: Dialect): Promise<void> {
  if (ids.length === 0) return
  const { body, delivery } = dialect.tables
  const given = [idsParam(dialect, ids)]
  await tx.query(updateGiven(dialect, { table: delivery, key: 'mail_id', set: { has_body: '0' } }), given)
  await dropContents(tx, ids, dialect)
  await tx.query(deleteGiven(dialect, body, 'mail_id'), given)
}

/** Pinned contents stay: they were stored to be used again. */
export async function dropContents(tx: Executor, ids: readonly string[], dialect: Dialect): Promise<void> {
  const { content, content_use } = dialect.tables
  const given = [idsParam(dialect, ids)]
  const used = await tx.query(
    `select distinct d.content_id ${fromGiven(dialect, content_use, 'mail_id')}
     join ${content} c on c.id = d.content_id where c.pinned = 0`,
    given,
  )
  await tx.query(deleteGiven(dialect, content_use, 'mail_id'), given)
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
    `select d.id ${fromGiven(dialect, content, 'id')} order by d.id${dialect.kind === 'postgres' ? ' for update of d skip locked' : dialect.skipLocked}`,
    [idsParam(dialect, contents)],
  )
  const unused = await tx.query(
    `select d.id ${fromGiven(dialect, content, 'id')} where not exists (select 1 from ${content_use} u where u.content_id = d.id)`,
    [
      idsParam(
        dialect,
        locked.rows.map(({ id }) => dialect.readId(id)),
      ),
    ],
  )
  const ids = unused.rows.map(({ id }) => dialect.readId(id))
  if (ids.length === 0) return 0
  await tx.query(deleteGiven(dialect, chunk, 'content_id'), [idsParam(dialect, ids)])
  await tx.query(deleteGiven(dialect, content, 'id'), [idsParam(dialect, ids)])
  return ids.length
}
