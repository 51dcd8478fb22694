import { withTransactionRetry } from '../database-errors.ts'
import { duePairs } from '../delivery/due-pairs.ts'
import type { StoreBase, TurnDone } from '../engine.ts'
import type { Turn } from '../store.ts'
import { mysqlClaim } from './claim.ts'
import { mysqlSettle } from './settle.ts'
import type { MysqlEngine } from './variants.ts'

interface MysqlBase extends StoreBase {
  readonly engine: MysqlEngine
}

/**
 * On two connections, for a turn of MySQL is many steps. What is settled and what is claimed are never the same mail.
 */
export async function mysqlTurn({ database, engine }: MysqlBase, asked: Turn): Promise<TurnDone> {
  const settling = mysqlSettle({ database, engine }, asked)
  const claiming = duePairs(database, asked, engine).then((pairs) => {
    if (pairs.length === 0) return []
    return withTransactionRetry(() => database.transaction((tx) => mysqlClaim(tx, asked, { pairs, engine })))
  })
  // Nothing of a turn is still at work when it has failed.
  await Promise.allSettled([settling, claiming])
  return { settled: await settling, claims: await claiming }
}
