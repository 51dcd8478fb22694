import type { Executor, Row } from '../../connections/database.ts'
import type { Reason, RecipientState, State } from '../../mail/mail.ts'
import { endOf, isAllowed, isFinal } from '../../mail/transitions.ts'
import type { RecipientChange } from '../../settle.ts'
import { withTransactionRetry } from '../database-errors.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { StoredRow } from '../rows.ts'
import { run, sql } from '../sql.ts'
import type { SettleVerdict, Settling } from '../store.ts'
import { oneMore } from '../transition-sql.ts'
import { attemptRow } from './settle-rows.ts'
import { type At, writeAttempts, writeChanges } from './stepwise-settle.ts'

/**
 * Records a settlement whose claim was taken away. An acceptance is a fact: it settles the mail if the mail was not
 * dispatched again, and is recorded as a possible second copy if it was. Any other outcome only adds to the history.
 */
export async function settleStale(
  { database, engine }: StoreBase,
  settling: Settling,
  now: number,
): Promise<SettleVerdict> {
  return withTransactionRetry(() =>
    database.transaction(async (tx) => {
      const current = await lockDelivery(tx, settling.settlement.mailId, engine)
      if (!current) return 'stale'
      if (await isWritten(tx, settling, { current, engine })) return 'settled'
      if (settling.settlement.accepted) return settleFact(tx, settling, { now, engine, current })
      await writeLateAttempt(tx, settling, engine)
      return 'stale'
    }),
  )
}

/** Of an acceptance that is not written yet, for a mail that the caller has locked. */
export async function settleFact(
  tx: Executor,
  settling: Settling,
  at: At & { current: Row },
): Promise<SettleVerdict> {
  await writeLateAttempt(tx, settling, at.engine)
  return sentAgain(at.current) ? record(tx, settling, at) : settleAsFact(tx, settling, at)
}

/**
 * In place of the line that the rescue of its claim has left: what came of that attempt is known now. Beside the line
 * of another attempt, where the database has gone back and given the token a second time.
 */
async function writeLateAttempt(tx: Executor, settling: Settling, engine: Engine): Promise<void> {
  const { mailId, token } = settling.settlement
  const { attempt } = settling
  if (!attempt) return
  await run(
    tx,
    sql`delete from ${engine.tables.attempt}
      where mail_id = ${engine.id(mailId)} and token = ${token} and outcome = 'died'`,
  )
  const isTaken = await linesOf(tx, settling.settlement, engine)
  const own = isTaken.length > 0 ? { ...attempt, token: -token } : attempt
  await writeAttempts(tx, [{ ...settling, attempt: own }], engine)
}

/** Under its token. */
async function linesOf(
  tx: Executor,
  { mailId, token }: Settling['settlement'],
  { tables, id }: Engine,
): Promise<Row[]> {
  const { rows } = await run(
    tx,
    sql`select worker, started_at, outcome from ${tables.attempt}
      where mail_id = ${id(mailId)} and token in (${token}, ${-token})`,
  )
  return rows
}

export async function lockDelivery(
  tx: Executor,
  mailId: string,
  { tables, id, locks }: Engine,
): Promise<Row | undefined> {
  const { rows } = await run(
    tx,
    sql`select token, state, reason, worker_id, dispatched_at, due_at
      from ${tables.delivery}
      where mail_id = ${id(mailId)}${locks.rows}`,
  )
  return rows[0]
}

/** The worker asks again after a commit whose answer was lost: what it asks for has happened. */
async function isWritten(
  tx: Executor,
  { settlement, attempt }: Settling,
  { current, engine }: { current: Row; engine: Engine },
): Promise<boolean> {
  const lines = await linesOf(tx, settlement, engine)
  const written = lines.filter(({ outcome }) => outcome !== 'died')
  // A token proves nothing of an attempt: a database that has gone back gives it again, to another worker.
  if (attempt && written.length > 0) {
    const { worker, started_at } = attemptRow(attempt, engine)
    return written.some((row) => row.worker === worker && Number(row.started_at) === started_at)
  }
  const token = new StoredRow(current).token('token')
  return written.length > 0 || (token === settlement.token && current.state !== 'sending')
}

function sentAgain({ state, reason, dispatched_at }: Row): boolean {
  const isDispatched = dispatched_at !== null
  return !isAllowed('acceptLate', { state: state as State, reason: reason as Reason | null, isDispatched })
}

/** Who has accepted it is not asked a third time, whatever becomes of the second. */
async function record(tx: Executor, settling: Settling, at: At): Promise<SettleVerdict> {
  await writeFacts(tx, settling, at)
  await tx.query(
    `update ${at.engine.tables.delivery} set unknowns = ${oneMore('unknowns')} where mail_id = ?`,
    [at.engine.id(settling.settlement.mailId)],
  )
  return 'recorded'
}

async function settleAsFact(
  tx: Executor,
  settling: Settling,
  at: At & { current: Row },
): Promise<SettleVerdict> {
  const { settlement } = settling
  await writeFacts(tx, settling, at)
  const { tables, id, locks } = at.engine
  const recipients = await tx.query(`select state from ${tables.recipient} where mail_id = ?${locks.rows}`, [
    id(settlement.mailId),
  ])
  const next = nextOf(
    recipients.rows.map(({ state }) => state as RecipientState),
    at.current,
  )
  // Past both: where the database has gone back, it gives a token a second time.
  const token = Math.max(new StoredRow(at.current).token('token'), settlement.token) + 1
  await run(
    tx,
    sql`update ${tables.delivery}
      set state = ${next.state}, reason = ${next.reason}, token = ${token},
        worker_id = null, claimed_at = null, dispatched_at = null,
        settled_at = ${isFinal(next.state) ? at.now : null}
      where mail_id = ${id(settlement.mailId)}`,
  )
  await eraseEnded(tx, [settlement.mailId], at.engine)
  return 'settled'
}

async function writeFacts(tx: Executor, settling: Settling, at: At): Promise<void> {
  const recipients = settling.settlement.recipients.filter(isFact)
  await writeChanges(tx, [{ ...settling, settlement: { ...settling.settlement, recipients } }], at)
}

/** A deferral of another recipient may be out of date by now; an acceptance or a rejection is not. */
function isFact({ state }: RecipientChange): boolean {
  return state === 'accepted' || state === 'rejected'
}

/**
 * Who is still to be asked keeps the mail where it is; a claim that was not dispatched goes back, for it would ask too
 * many.
 */
function nextOf(states: readonly RecipientState[], current: Row): { state: State; reason: Reason | null } {
  const end = endOf(states)
  if (end) return end
  return current.state === 'sending'
    ? { state: 'queued', reason: null }
    : { state: current.state as State, reason: current.reason as Reason | null }
}
