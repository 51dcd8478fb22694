import type { Executor } from '../../connections/database.ts'
import { checkFilter, type Filter } from '../../filter.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { StoreBase } from '../engine.ts'
import type { Sql } from '../sql.ts'
import { matchingIds } from './matching.ts'

const mailsAtOnce = 1_000

export interface Batching {
  readonly filter: Filter
  /** A further condition on the delivery `d`. */
  readonly also: Sql
}

/**
 * Changes all that match, batch after batch, from the newest mail to the oldest, each in a transaction; tells how many
 * `apply` has changed.
 */
export async function eachBatch(
  { database, engine }: StoreBase,
  { filter, also }: Batching,
  apply: (tx: Executor, ids: readonly string[]) => Promise<number>,
): Promise<number> {
  checkFilter(filter)
  let changed = 0
  for (let after: string | undefined; ; ) {
    const ids = await matchingIds(database, { filter, engine }, { limit: mailsAtOnce, after, also })
    if (ids.length > 0)
      changed += await withTransactionRetry(() => database.transaction((tx) => apply(tx, ids)))
    if (ids.length < mailsAtOnce) return changed
    after = ids.at(-1)
  }
}
