import type { Executor, Value } from '../../connections/database.ts'
import { isRetryable, withTransactionRetry } from '../database-errors.ts'
import { claimOf } from '../delivery/claim-rows.ts'
import { pairsOf } from '../delivery/due-pairs.ts'
import { attemptRow, changeRows, settleRows } from '../delivery/settle-rows.ts'
import { bodiesToDrop, dropBodies } from '../drop-bodies.ts'
import type { Engine, StoreBase, TurnDone } from '../engine.ts'
import { idsParam } from '../given-ids.ts'
import { listOf } from '../rows.ts'
import { inlineUpTo, type Turn } from '../store.ts'
import { postgresTurnSql } from './turn-sql.ts'

/** By itself a statement is a transaction; one that drops bodies too, or whose isolation is not ours, needs a real one. */
export async function postgresTurn({ database, engine }: StoreBase, asked: Turn): Promise<TurnDone> {
  const inTransaction = () =>
    database.transaction(async (tx) => {
      const done = await oneStatement(tx, asked, engine)
      await dropBodies(tx, bodiesToDrop(asked.settle, done.settled), engine)
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
  const settles = turn.settle.length > 0
  const claims = turn.claim.some(({ limit }) => limit > 0)
  if (!settles && !claims) return { settled: new Set(), claims: [] }
  const { rows } = await executor.query(
    postgresTurnSql(engine, settles ? (claims ? 'both' : 'settle') : 'claim', turn.ids ? 'given' : 'due'),
    [...(settles ? settleParams(turn, engine) : []), ...(claims ? claimParams(turn, engine) : [])],
  )
  return {
    settled: new Set(rows.flatMap(({ settled }) => listOf<string>(settled))),
    claims: rows
      .filter(({ mail_id }) => typeof mail_id === 'string')
      .map((row) => claimOf(row, listOf(row.recipients), engine)),
  }
}

function settleParams({ settle, now }: Turn, engine: Engine): Value[] {
  return [
    JSON.stringify(settleRows(settle, now, engine)),
    JSON.stringify(settle.flatMap((one) => changeRows(one, now, engine))),
    JSON.stringify(settle.flatMap(({ attempt }) => (attempt ? [attemptRow(attempt, engine)] : []))),
  ]
}

function claimParams({ claim, now, workerId, ids }: Turn, engine: Engine): Value[] {
  const requests = claim
    .map(({ limit }, request) => ({ request, wanted: limit }))
    .filter(({ wanted }) => wanted > 0)
  const among = ids ? [idsParam(engine, ids)] : []
  return [
    JSON.stringify(pairsOf(claim, now)),
    JSON.stringify(requests),
    ...among,
    now,
    now,
    workerId,
    now,
    now,
    inlineUpTo(requests.reduce((sum, { wanted }) => sum + wanted, 0)),
    now,
  ]
}
