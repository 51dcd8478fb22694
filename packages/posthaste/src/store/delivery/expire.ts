import { withTransactionRetry } from '../database-errors.ts'
import type { StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { idsParam, updateGiven } from '../given-ids.ts'
import { changesOf, isFor } from '../transition-sql.ts'

export async function expire({ database, engine }: StoreBase, now: number, limit: number): Promise<number> {
  const { delivery } = engine.tables
  return withTransactionRetry(() =>
    database.transaction(async (tx) => {
      const { rows } = await tx.query(
        `select d.mail_id from ${delivery} d where ${isFor('expire')} and d.expires_at is not null and d.expires_at <= ?
         order by d.expires_at limit ${Math.trunc(limit)}${engine.locks.freeRows}`,
        [now],
      )
      if (rows.length === 0) return 0
      const ids = rows.map(({ mail_id }) => engine.readId(mail_id))
      await tx.query(updateGiven(engine, { table: delivery, key: 'mail_id', set: expired }), [
        idsParam(engine, ids, now),
      ])
      await eraseEnded(tx, ids, engine)
      return rows.length
    }),
  )
}

const expired = changesOf('expire', { now: 'x.now' })
