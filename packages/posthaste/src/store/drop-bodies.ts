import type { Executor } from '../connections/database.ts'
import type { Engine } from './engine.ts'
import { deleteGiven, fromGiven, idsParam, updateGiven } from './given-ids.ts'

/** Deletes the content of these mails and the attachments that no other mail uses. The records stay. */
export async function dropBodies(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  if (ids.length === 0) return
  const { body, delivery } = engine.tables
  const given = [idsParam(engine, ids)]
  await tx.query(updateGiven(engine, { table: delivery, key: 'mail_id', set: { has_body: '0' } }), given)
  await dropContents(tx, ids, engine)
  await tx.query(deleteGiven(engine, body, 'mail_id'), given)
}

/** Pinned contents stay: they were stored to be used again. */
export async function dropContents(tx: Executor, ids: readonly string[], engine: Engine): Promise<void> {
  const { content, content_use } = engine.tables
  const given = [idsParam(engine, ids)]
  const used = await tx.query(
    `select distinct d.content_id ${fromGiven(engine, content_use, 'mail_id')}
     join ${content} c on c.id = d.content_id where c.pinned = 0`,
    given,
  )
  await tx.query(deleteGiven(engine, content_use, 'mail_id'), given)
  await deleteUnused(
    tx,
    used.rows.map(({ content_id }) => engine.readId(content_id)),
    engine,
  )
}

/** Locked first and looked at afterwards: an enqueue that has just begun to use one keeps it. */
export async function deleteUnused(
  tx: Executor,
  contents: readonly string[],
  engine: Engine,
): Promise<number> {
  if (contents.length === 0) return 0
  const { content, chunk, content_use } = engine.tables
  const locked = await tx.query(
    `select d.id ${fromGiven(engine, content, 'id')}${engine.locks.freeInOrder('id')}`,
    [idsParam(engine, contents)],
  )
  const unused = await tx.query(
    `select d.id
     ${fromGiven(engine, content, 'id')}
     where not exists (select 1 from ${content_use} u where u.content_id = d.id)`,
    [
      idsParam(
        engine,
        locked.rows.map(({ id }) => engine.readId(id)),
      ),
    ],
  )
  const ids = unused.rows.map(({ id }) => engine.readId(id))
  if (ids.length === 0) return 0
  await tx.query(deleteGiven(engine, chunk, 'content_id'), [idsParam(engine, ids)])
  await tx.query(deleteGiven(engine, content, 'id'), [idsParam(engine, ids)])
  return ids.length
}
