import type { Executor, Value } from '../../connections/database.ts'
import type { Dialect } from '../dialect.ts'
import { idsParam } from '../given-ids.ts'
import { listOf } from '../rows.ts'
import { type Claim, inlineUpTo, type Turn } from '../store.ts'
import { claimOf } from './claim-rows.ts'
import { pairsOf } from './pairs.ts'
import { postgresTurnSql } from './postgres-turn-sql.ts'
import { attemptRow, changeRows, settleRows } from './settle-rows.ts'

/** Tells which mails were settled, and what was claimed. */
export async function postgresTurn(
  executor: Executor,
  turn: Turn,
  dialect: Dialect,
): Promise<{ settled: Set<string>; claims: Claim[] }> {
  const settles = turn.settle.length > 0
  const claims = turn.claim.some(({ limit }) => limit > 0)
  if (!settles && !claims) return { settled: new Set(), claims: [] }
  const { rows } = await executor.query(
    postgresTurnSql(dialect, settles ? (claims ? 'both' : 'settle') : 'claim', turn.ids ? 'given' : 'due'),
    [...(settles ? settleParams(turn, dialect) : []), ...(claims ? claimParams(turn, dialect) : [])],
  )
  return {
    settled: new Set(rows.flatMap(({ settled }) => listOf<string>(settled))),
    claims: rows
      .filter(({ mail_id }) => typeof mail_id === 'string')
      .map((row) => claimOf(row, listOf(row.recipients), dialect)),
  }
}

function settleParams({ settle, now }: Turn, dialect: Dialect): Value[] {
  return [
    JSON.stringify(settleRows(settle, now, dialect)),
    JSON.stringify(settle.flatMap((one) => changeRows(one, now, dialect))),
    JSON.stringify(settle.flatMap(({ attempt }) => (attempt ? [attemptRow(attempt, dialect)] : []))),
  ]
}

function claimParams({ claim, now, workerId, ids }: Turn, dialect: Dialect): Value[] {
  const requests = claim
    .map(({ limit }, request) => ({ request, wanted: limit }))
    .filter(({ wanted }) => wanted > 0)
  const among = ids ? [idsParam(dialect, ids)] : []
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
