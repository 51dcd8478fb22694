import type { Clock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Executor } from '../connections/database.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { addAtOnce } from '../store/add/add.ts'
import type { WrittenContents } from '../store/add/content-steps.ts'
import type { Added, NewEntry } from '../store/add/new-mail.ts'
import { runSteps } from '../store/statement.ts'
import { withTransactionRetry } from '../store/transaction-retry.ts'
import { bodyLater, bodyNow, compose, disposeBody } from './compose.ts'
import type { Connected, Connection } from './connection.ts'
import { isOneStatement } from './incoming.ts'

export interface Enqueueing {
  readonly settings: Settings
  readonly clock: Clock
  readonly connection: Connection
}

/** What an enqueue gave. */
export interface Enqueued {
  /** The mail's id; of a duplicate, the first mail's. */
  readonly id: string
  /** In angle brackets. */
  readonly messageId: string
  /** `suppressed`: every recipient is on the suppression list. `duplicate`: the idempotency key had this same mail already. */
  readonly status: 'queued' | 'duplicate' | 'suppressed'
  /** Recipients on the suppression list: they get nothing. */
  readonly suppressed: readonly string[]
}

/** Stores one mail in a transaction of its own. */
export async function enqueueAlone(
  queue: Enqueueing,
  given: Mail,
  options: EnqueueOptions,
): Promise<Enqueued> {
  const composing = compose(given, options, queue)
  const connected = await queue.connection.ready()
  const body = bodyNow(composing, queue.settings) ?? (await bodyLater(composing, queue.settings))
  try {
    const [added] = await addInOwn(connected, [{ mail: composing.mail, body }])
    if (!added) throw new Error('an enqueue gave nothing')
    queue.connection.enqueued()
    return added
  } finally {
    disposeBody(body)
  }
}

/** Stores mails in a transaction of the queue's own; on PostgreSQL one statement is that transaction, unless there is more to write. */
export async function addInOwn(
  { database, engine }: Connected,
  entries: readonly NewEntry[],
  written: WrittenContents = new WeakSet(),
): Promise<Added[]> {
  const run = (executor: Executor) => runSteps(addAtOnce(entries, { written }, engine), executor)
  return engine.kind === 'postgres' && isOneStatement(entries)
    ? run(database)
    : withTransactionRetry(() => database.transaction(run))
}
