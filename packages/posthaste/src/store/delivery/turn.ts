import type { Executor } from '../../connections/database.ts'
import type { StoreBase } from '../base.ts'
import { isRetryable } from '../database-errors.ts'
import { dropBodies } from '../drop-bodies.ts'
import type { Engine } from '../engine.ts'
import { postgresTurn } from '../postgres/turn.ts'
import type { Claim, SettleVerdict, Settling, Turn } from '../store.ts'
import { withTransactionRetry } from '../transaction-retry.ts'
import { byLaneAndDue } from './claim-rows.ts'
import { earliestDue, type Pair, pairsOf } from './pairs.ts'
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
  const { settled, claims } = await (base.engine.kind === 'postgres'
    ? inOneStatement(base, asked)
    : inSteps(base, asked))
  const verdicts: SettleVerdict[] = []
  for (const one of asked.settle)
    verdicts.push(settled.has(one.settlement.mailId) ? 'settled' : await settleStale(base, one, asked.now))
  return { verdicts, claims: claims.sort(byLaneAndDue) }
}

/** By itself a statement is a transaction; one that drops bodies too, or whose isolation is not ours, needs a real one. */
async function inOneStatement({ database, engine }: StoreBase, asked: Turn): Promise<Done> {
  const inTransaction = () =>
    database.transaction(async (tx) => {
      const done = await postgresTurn(tx, asked, engine)
      await dropBodies(tx, bodiesToDrop(asked.settle, done.settled), engine)
      return done
    })
  if (asked.settle.some(({ settlement }) => settlement.dropBody)) return withTransactionRetry(inTransaction)
  try {
    return await postgresTurn(database, asked, engine)
  } catch (error) {
    if (isRetryable(error)) return withTransactionRetry(inTransaction)
    throw error
  }
}

/** An idle queue is asked without a transaction: on SQLite that would take the app's turn to write. Else the question runs beside the settling. */
async function inSteps(base: StoreBase, asked: Turn): Promise<Done> {
  const looking = duePairs(base, asked)
  // Its failure is met where its answer is wanted.
  looking.catch(() => {})
  if (asked.settle.length === 0 && (await looking).length === 0) return { settled: new Set(), claims: [] }
  return base.engine.kind === 'sqlite' ? inOne(base, asked, looking) : sideBySide(base, asked, looking)
}

/** SQLite has one writer: two transactions would wait for each other. */
function inOne({ database, engine }: StoreBase, asked: Turn, looking: Looking): Promise<Done> {
  return withTransactionRetry(() =>
    database.transaction(async (tx) => ({
      settled: await settle(tx, asked, engine),
      claims: await claim(tx, asked, { pairs: await looking, engine }),
    })),
  )
}

/**
 * On two connections, for a turn of MySQL is many steps: 18 ms for 80 mails, and 21 in one transaction. What is settled and what is claimed are
 * never the same mail.
 */
async function sideBySide({ database, engine }: StoreBase, asked: Turn, looking: Looking): Promise<Done> {
  const inOwn = <T>(work: (tx: Executor) => Promise<T>) =>
    withTransactionRetry(() => database.transaction(work))
  const settling = asked.settle.length === 0 ? new Set<string>() : inOwn((tx) => settle(tx, asked, engine))
  const claiming = looking.then((pairs) =>
    pairs.length === 0 ? [] : inOwn((tx) => claim(tx, asked, { pairs, engine })),
  )
  // Nothing of a turn is still at work when it has failed.
  await Promise.allSettled([settling, claiming])
  return { settled: await settling, claims: await claiming }
}

type Looking = Promise<readonly Pair[]>

async function duePairs({ database, engine }: StoreBase, { claim, now }: Turn): Promise<readonly Pair[]> {
  const wanted = pairsOf(claim, now).filter(({ request }) => (claim[request]?.limit ?? 0) > 0)
  return (await earliestDue(database, wanted, engine)).filter(({ due }) => due <= now)
}

async function settle(tx: Executor, asked: Turn, engine: Engine): Promise<Set<string>> {
  const settled = await stepwiseSettle(tx, asked, engine)
  await dropBodies(tx, bodiesToDrop(asked.settle, settled), engine)
  return settled
}

function claim(
  tx: Executor,
  { claim: requests, workerId, now, ids }: Turn,
  { pairs, engine }: { pairs: readonly Pair[]; engine: Engine },
): Promise<Claim[]> {
  return stepwiseClaim(tx, { requests, pairs, workerId, now, ids }, engine)
}

function bodiesToDrop(settle: readonly Settling[], settled: Set<string>): string[] {
  return settle
    .filter(({ settlement }) => settlement.dropBody && settled.has(settlement.mailId))
    .map(({ settlement }) => settlement.mailId)
}
