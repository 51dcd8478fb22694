import type { Row } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import { checkFilter, type Filter } from '../../filter.ts'
import { isId } from '../../ids.ts'
import type { StoreBase } from '../engine.ts'
import { fromGiven, idsParam } from '../given-ids.ts'
import { groupBy } from '../rows.ts'
import type { AttemptRecord, MailRecord, Page } from '../store.ts'
import { matchingIds } from './matching.ts'
import { attemptOf, recordOf } from './record-rows.ts'

export async function get(base: StoreBase, id: string): Promise<MailRecord | undefined> {
  return isId(id) ? (await readRecords(base, [id]))[0] : undefined
}

export async function find(
  base: StoreBase,
  filter: Filter,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<Page<MailRecord>> {
  checkFilter(filter)
  if (after !== undefined && !isId(after))
    throw new PosthasteError('PH_FILTER_INVALID', `'${after}' is not what an earlier page gave as next`)
  const ids = await matchingIds(base.database, { filter, engine: base.engine }, { limit: limit + 1, after })
  const page = ids.slice(0, limit)
  return { items: await readRecords(base, page), next: ids.length > limit ? page.at(-1) : undefined }
}

/** Counts up to `atMost`: an exact count of a million rows costs more than it tells. */
export async function count(
  { database, engine }: StoreBase,
  filter: Filter,
  atMost: number,
): Promise<number> {
  checkFilter(filter)
  return (await matchingIds(database, { filter, engine }, { limit: atMost })).length
}

export async function attempts({ database, engine }: StoreBase, id: string): Promise<AttemptRecord[]> {
  if (!isId(id)) return []
  const { rows } = await database.query(
    `select * from ${engine.tables.attempt} where mail_id = ? order by abs(token), started_at`,
    [engine.id(id)],
  )
  return rows.map((row) => attemptOf(row, engine))
}

async function readRecords({ database, engine }: StoreBase, ids: readonly string[]): Promise<MailRecord[]> {
  if (ids.length === 0) return []
  const { mail, delivery, body, recipient, tag, refusal } = engine.tables
  const given = [idsParam(engine, ids)]
  const [records, recipients, tags] = await Promise.all([
    database.query(
      `select m.*, d.state, d.reason, d.due_at, d.attempts, d.unknowns, d.settled_at, d.has_body, b.size,
         case when d.settled_at is null then
           (select min(r.refused_at) from ${refusal} r where r.mail_id = d.mail_id) end as refused_at
       ${fromGiven(engine, delivery, 'mail_id')}
       join ${mail} m on m.id = d.mail_id
       left join ${body} b on b.mail_id = m.id`,
      given,
    ),
    database.query(`select d.* ${fromGiven(engine, recipient, 'mail_id')} order by d.mail_id, d.seq`, given),
    database.query(
      `select d.mail_id, d.tag ${fromGiven(engine, tag, 'mail_id')} order by d.mail_id, d.tag`,
      given,
    ),
  ])
  const keyOf = (row: Row) => engine.readId(row.mail_id)
  const recipientsOf = groupBy(recipients.rows, keyOf)
  const tagsOf = groupBy(tags.rows, keyOf)
  const found = new Map(
    records.rows.map((row) => {
      const id = engine.readId(row.id)
      return [
        id,
        recordOf(row, { recipients: recipientsOf.get(id) ?? [], tags: tagsOf.get(id) ?? [] }, engine),
      ]
    }),
  )
  return ids.flatMap((id) => found.get(id.toLowerCase()) ?? [])
}
