import { withTransactionRetry } from '../database-errors.ts'
import { duePairs } from '../delivery/due-pairs.ts'
import { stepwiseSettle } from '../delivery/stepwise-settle.ts'
import type { StoreBase, TurnDone } from '../engine.ts'
import type { Turn } from '../store.ts'
import { sqliteClaim } from './claim.ts'

/**
 * In one transaction, for SQLite has one writer. An idle queue is asked without one: that would take the app's turn to
 * write.
 */
export async function sqliteTurn({ database, engine }: StoreBase, asked: Turn): Promise<TurnDone> {
  const pairs = await duePairs(database, asked, engine)
  if (asked.settle.length === 0 && pairs.length === 0) return { settled: new Set(), claims: [] }
  return withTransactionRetry(() =>
    database.transaction(async (tx) => ({
      settled: await stepwiseSettle(tx, asked, engine),
      claims: await sqliteClaim(tx, asked, { pairs, engine }),
    })),
  )
}
