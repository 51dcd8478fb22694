import type { Executor } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import type {
  ContentsUnder,
  EnqueueStore,
  GuardSite,
  InsertDeliveries,
  StoreGuard,
} from '../enqueue-store.ts'
import type { Sql, Statement } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'
import { writeContent } from './contents.ts'
import { always, deleteGuard, guardCondition, insertGuard, seesGuard } from './guard-row.ts'
import type { Enqueued, NewEntry } from './new-mail.ts'
import { insertContents, insertDeliveries } from './stepwise-add.ts'
import { claimUnread } from './stepwise-keys.ts'
import { deleteMails, insertMails } from './stepwise-sql.ts'

/** What MySQL and SQLite differ in. */
export interface StepwiseSite {
  serverIdentity(): Steps<string>
  /** Only inside a transaction, and only on this server, as far as a statement can tell. */
  condition(site: GuardSite): Sql
}

/**
 * Differs from PostgreSQL because neither MySQL nor SQLite can insert within `with`: statements in an order that leaves
 * nothing claimable, each of them only beside the mail row, which stands for the transaction.
 */
export function stepwiseEnqueueStore(engine: Engine, site: StepwiseSite): EnqueueStore {
  return {
    *addMails(entries, written) {
      yield* insertMailRows(entries, always, engine)
      return yield* insertDeliveries(yield* insertContents(entries, { written, engine }), engine)
    },
    isOneStatement: () => false,
    serverIdentity: site.serverIdentity,
    *acquireGuard(guard, given) {
      if (yield* insertGuard(guard, site.condition(given), engine)) return given.identity ?? ''
      yield* removeGuard(guard, engine)
      throw refusal(yield* site.serverIdentity(), given)
    },
    guardHolds: (guard) => seesGuard(guard, engine),
    isCommitted: (guard) => seesGuard(guard, engine),
    *releaseGuard(guard, hasStored) {
      if (guard.by === 'row' || !hasStored) yield* removeGuard(guard, engine)
    },
    insertContents: (entries, under) => insertUnder(entries, under, engine),
    *deleteMails(ids) {
      yield deleteMails(engine, ids)
    },
    putContent: (content, fate) => writeContent(content, fate, engine),
    placeholders: 'question',
    collectStatements(entry, executor) {
      return collect(addUnread([entry], engine), executor)
    },
  }
}

/** For `toSQL`, which cannot read what its statements return. */
function* addUnread(entries: readonly NewEntry[], engine: Engine): Steps<Enqueued[]> {
  yield* insertMailRows(entries, always, engine)
  const filled = yield* insertContents(entries, { written: new WeakSet(), engine, claimKeys: claimUnread })
  return yield* insertDeliveries(filled, engine)
}

/** Rows of a guard without a mail behind them: the app may commit them, or was in no transaction. */
function* removeGuard(guard: StoreGuard, engine: Engine): Steps<void> {
  if (guard.by === 'row') yield* deleteGuard(guard, engine)
  if (guard.by === 'mails')
    yield deleteMails(
      engine,
      guard.mails.map(({ id }) => id),
    )
}

function refusal(seen: string, { identity = '' }: GuardSite): PosthasteError {
  return seen === identity
    ? new PosthasteError('PH_NO_TRANSACTION')
    : new PosthasteError('PH_WRONG_DATABASE', `it is on ${seen}, the queue on ${identity}`)
}

/** The rows of mails that the guard itself has not brought are written first. */
function* insertUnder(
  entries: readonly NewEntry[],
  { guard, written }: ContentsUnder,
  engine: Engine,
): Steps<InsertDeliveries> {
  if (guard.by === 'row') {
    const inserted = yield* insertMailRows(entries, guardCondition(guard, engine), engine)
    if (inserted === 0) throw new PosthasteError('PH_TRANSACTION_ENDED')
  }
  const filled = yield* insertContents(entries, { written, engine })
  return () => insertDeliveries(filled, engine)
}

function* insertMailRows(entries: readonly NewEntry[], where: Sql, engine: Engine): Steps<number> {
  const mails = entries.map(({ mail }) => mail)
  return (yield* ask(insertMails(engine, mails, where))).affected
}

/** What the steps ask (who must not be mailed) is asked now; what they store is taken as stored. */
async function collect(steps: Steps<unknown>, executor: Executor): Promise<Statement[]> {
  const collected: Statement[] = []
  let next = steps.next()
  while (!next.done) {
    const { sql, params } = next.value
    const asks = /^\s*select\b/i.test(sql)
    if (!asks) collected.push(next.value)
    next = steps.next(asks ? await executor.query(sql, params) : { rows: [], affected: 1 })
  }
  return collected
}
