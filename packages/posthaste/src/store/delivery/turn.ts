import type { Executor } from '../../connections/database.ts'
import { isError } from '../../is-error.ts'
import { again } from '../again.ts'
import type { StoreBase } from '../base.ts'
import { dropBodies } from '../drop-bodies.ts'
import type { Claim, SettleVerdict, Settling, Turn } from '../store.ts'
import { byLaneAndDue } from './claim-rows.ts'
import { earliestDue, type Pair, pairsOf } from './pairs.ts'
import { postgresTurn } from './postgres-turn.ts'
import { settleStale } from './settle-stale.ts'
import { stepwiseClaim } from './stepwise-claim.ts'
import { stepwiseSettle } from './stepwise-settle.ts'

interface Done {
  readonly settled: Set<string>
  readonly claims: Claim[]
}

export async function turn(
  base: StoreBase,
  asked: Turn,
): Promise<{ verdicts: SettleVerdict[]; claims: Claim[] }> {
  const { settled, claims } = await (base.dialect.kind === 'postgres'
    ? inOneStatement(base, asked)
    : inSteps(base, asked))
  const verdicts: SettleVerdict[] = []
  for (const one of asked.settle)
    verdicts.push(settled.has(one.settlement.mailId) ? 'settled' : await settleStale(base, one, asked.now))
  return { verdicts, claims: claims.sort(byLaneAndDue) }
}

/** By itself a statement is a transaction; one that drops bodies too, or whose isolation is not ours, needs a real one. */
async function inOneStatement({ database, dialect }: StoreBase, asked: Turn): Promise<Done> {
  const inTransaction = () =>
    database.transaction(async (tx) => {
      const done = await postgresTurn(tx, asked, dialect)
      await dropBodies(tx, bodiesToDrop(asked.settle, done.settled), dialect)
      return done
    })
  if (asked.settle.some(({ settlement }) => settlement.dropBody)) return again(inTransaction)
  try {
    return await postgresTurn(database, asked, dialect)
  } catch (error) {
    if (isError(error) && 'code' in error && (error.code === '40001' || error.code === '40P01'))
      return again(inTransaction)
    throw error
  }
}

/** An idle queue is asked without a transaction: on SQLite that would take the app's turn to write. Else the question runs beside the settling. */
async function inSteps(base: StoreBase, asked: Turn): Promise<Done> {
  const looking = duePairs(base, asked)
  // Its failure is met where its answer is wanted.
  looking.catch(() => {})
  if (asked.settle.length === 0 && (await looking).length === 0) return { settled: new Set(), claims: [] }
  const { database, dialect } = base
  return again(() => database.transaction((tx) => steps(tx, asked, { looking, dialect })))
}

async function duePairs({ database, dialect }: StoreBase, { claim, now }: Turn): Promise<readonly Pair[]> {
  const wanted = pairsOf(claim, now).filter(({ request }) => (claim[request]?.limit ?? 0) > 0)
  return (await earliestDue(database, wanted, dialect)).filter(({ due }) => due <= now)
}

async function steps(
  tx: Executor,
  asked: Turn,
  { looking, dialect }: { looking: Promise<readonly Pair[]>; dialect: StoreBase['dialect'] },
): Promise<Done> {
  const settled = await stepwiseSettle(tx, asked, dialect)
  await dropBodies(tx, bodiesToDrop(asked.settle, settled), dialect)
  const { claim, workerId, now, ids } = asked
  const claims = await stepwiseClaim(
    tx,
    { requests: claim, pairs: await looking, workerId, now, ids },
    dialect,
  )
  return { settled, claims }
}

function bodiesToDrop(settle: readonly Settling[], settled: Set<string>): string[] {
  return settle
    .filter(({ settlement }) => settlement.dropBody && settled.has(settlement.mailId))
    .map(({ settlement }) => settlement.mailId)
}
