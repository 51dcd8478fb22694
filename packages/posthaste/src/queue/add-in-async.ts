import { PosthasteError } from '../errors.ts'
import { openMore } from '../store/add/add.ts'
import type { WrittenContents } from '../store/add/content-steps.ts'
import { isCommitted, stillHeld } from '../store/add/hold.ts'
import type { Added, NewEntry, NewMail } from '../store/add/new-mail.ts'
import { addPostgres } from '../store/add/postgres-add.ts'
import { deliver, fill } from '../store/add/stepwise-add.ts'
import { deleteMails } from '../store/add/stepwise-sql.ts'
import { runSteps } from '../store/statement.ts'
import { inLine } from '../transactions/in-line.ts'
import type { AsyncHandle } from '../transactions/transaction-handle.ts'
import { disposeBody } from './compose.ts'
import type { Enqueueing } from './enqueue.ts'
import { type Held, heldByDriver, hold, letGo } from './hold.ts'
import { entriesOf, type Incoming, isOneStatement } from './incoming.ts'
import { userErrors } from './user-error.ts'

/** Stores the mails of one call in the app's transaction. Whatever stands for that transaction is sent before this returns. */
export async function addInAsync(
  queue: Enqueueing,
  handle: AsyncHandle,
  { incoming, bounds }: { incoming: Incoming; bounds: Held | undefined },
): Promise<Added[]> {
  const ready = incoming.now()
  const entries = ready && entriesOf(incoming, ready)
  const driver = entries && isOneStatement(entries) ? heldByDriver(queue, handle, bounds) : undefined
  if (entries && driver) return storeHeld(driver, entries, new WeakSet()).finally(() => letGo(driver))
  const held = await hold(queue, handle, { mails: incoming.mails, bounds })
  try {
    const stored = entries ?? entriesOf(incoming, await incoming.later())
    return await storeHeld(held, stored, new WeakSet())
  } finally {
    await letGo(held)
  }
}

/** Stores mails in a transaction that is held. */
export async function storeHeld(
  held: Held,
  entries: readonly NewEntry[],
  written: WrittenContents,
): Promise<Added[]> {
  const steps = held.engine.kind === 'postgres' ? storeAtOnce : storeStepwise
  try {
    return await inLine(held.handle.key, () => userErrors(steps(held, entries, written)))
  } finally {
    for (const { body } of entries) disposeBody(body)
  }
}

function storeAtOnce(
  { handle, hold: guard, engine }: Held,
  entries: readonly NewEntry[],
  written: WrittenContents,
): Promise<Added[]> {
  return runSteps(addPostgres(entries, { hold: guard, written }, engine), handle.executor)
}

async function storeStepwise(
  held: Held,
  entries: readonly NewEntry[],
  written: WrittenContents,
): Promise<Added[]> {
  const { handle, hold: guard, engine } = held
  const mails = entries.map(({ mail }) => mail)
  if (guard.by === 'row') await runSteps(openMore(mails, stillHeld(guard, engine), engine), handle.executor)
  const filled = await runSteps(fill(entries, written, engine), handle.executor)
  await refuseCommitted(held, mails)
  return runSteps(deliver(filled, engine), handle.executor)
}

/** What everybody sees was committed: a mail made claimable now would be in whatever the connection does next. */
async function refuseCommitted(
  { connected, hold: guard, engine, handle, bounds }: Held,
  mails: readonly NewMail[],
): Promise<void> {
  if (!connected) return
  if (await runSteps(isCommitted(guard, mails[0]?.id, engine), connected.database))
    throw new PosthasteError('PH_TRANSACTION_ENDED')
  if (!bounds || !(await runSteps(isCommitted(bounds.hold, undefined, engine), connected.database))) return
  // Its own transaction is another one, which may well commit.
  const ids = mails.map(({ id }) => id)
  const { sql, params } = deleteMails(engine, ids)
  await handle.executor.query(sql, params)
  throw new PosthasteError('PH_TRANSACTION_ENDED', 'within() had another transaction')
}
