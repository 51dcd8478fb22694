import { withTransactionRetry } from '../database-errors.ts'
import { duePairs, type Pair, wantedPairs } from '../delivery/due-pairs.ts'
import type { StoreBase, TurnDone } from '../engine.ts'
import type { Turn } from '../store.ts'
import { sqliteClaim } from './claim.ts'
import { sqliteSettle } from './settle.ts'

/** Up to so many streams and lanes it is quicker to look into each than to ask first which has due mail. */
const fewPairs = 16

/**
 * In one transaction, for SQLite has one writer. An idle queue is asked without one: that would take the app's turn to
 * write.
 */
export async function sqliteTurn({ database, engine }: StoreBase, asked: Turn): Promise<TurnDone> {
  const pairs = await pairsFor({ database, engine }, asked)
  if (asked.settle.length === 0 && pairs.length === 0) return { settled: new Set(), claims: [] }
  return withTransactionRetry(() =>
    database.transaction(async (tx) => ({
      settled: await sqliteSettle(tx, asked, engine),
      claims: await sqliteClaim(tx, asked, { pairs, engine }),
    })),
  )
}

async function pairsFor({ database, engine }: StoreBase, asked: Turn): Promise<readonly Pair[]> {
  const wanted = wantedPairs(asked)
  const isBusy = asked.settle.length > 0
  return isBusy && wanted.length <= fewPairs ? wanted : duePairs(database, asked, engine)
}
