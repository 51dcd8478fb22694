import type { Executor } from '../../connections/database.ts'
import { isRetryable, withTransactionRetry } from '../database-errors.ts'
import { claimOf } from '../delivery/claim-rows.ts'
import type { Engine, StoreBase, TurnDone } from '../engine.ts'
import { endsErased, eraseEnded } from '../erase.ts'
import { listOf } from '../rows.ts'
import { run } from '../sql.ts'
import type { Turn } from '../store.ts'
import { postgresTurnSql } from './turn-sql.ts'

/**
 * By itself a statement is a transaction; one that drops bodies too, or whose isolation is not ours, needs a real one.
 */
export async function postgresTurn({ database, engine }: StoreBase, asked: Turn): Promise<TurnDone> {
  const inTransaction = () =>
    database.transaction(async (tx) => {
      const done = await oneStatement(tx, asked, engine)
      await eraseEnded(tx, endsErased(asked.settle, done.settled), engine)
      return done
    })
  if (asked.settle.some(({ settlement }) => settlement.dropBody)) return withTransactionRetry(inTransaction)
  try {
    return await oneStatement(database, asked, engine)
  } catch (error) {
    if (isRetryable(error)) return withTransactionRetry(inTransaction)
    throw error
  }
}

/** Tells which mails were settled, and what was claimed. */
async function oneStatement(executor: Executor, turn: Turn, engine: Engine): Promise<TurnDone> {
  if (turn.settle.length === 0 && turn.claim.every(({ limit }) => limit === 0))
    return { settled: new Set(), claims: [] }
  const { rows } = await run(executor, postgresTurnSql(engine, turn))
  return {
    settled: new Set(rows.flatMap(({ settled }) => listOf<string>(settled))),
    claims: rows
      .filter(({ mail_id }) => typeof mail_id === 'string')
      .map((row) => claimOf(row, listOf(row.recipients), engine)),
  }
}
