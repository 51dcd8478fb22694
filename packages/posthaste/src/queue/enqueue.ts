import type { Clock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Executor } from '../connections/database.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { WrittenContents } from '../store/add/contents.ts'
import type { Enqueued, NewEntry } from '../store/add/new-mail.ts'
import { withTransactionRetry } from '../store/database-errors.ts'
import { runSteps } from '../store/statement.ts'
import { bodyLater, bodyNow, compose, disposeBodies } from './compose.ts'
import type { Connected, Connection } from './connection.ts'

export type { Enqueued } from '../store/add/new-mail.ts'

export interface Enqueueing {
  readonly settings: Settings
  readonly clock: Clock
  readonly connection: Connection
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
  const entries = [{ mail: composing.mail, body }]
  try {
    const [added] = await addInOwn(connected, entries)
    if (!added) throw new Error('an enqueue gave nothing')
    queue.connection.enqueued()
    return added
  } finally {
    disposeBodies(entries)
  }
}

/** Stores mails in a transaction of the queue's own, which may be the one statement that they are. */
export async function addInOwn(
  { database, enqueueStore }: Pick<Connected, 'database' | 'enqueueStore'>,
  entries: readonly NewEntry[],
  written: WrittenContents = new WeakSet(),
): Promise<Enqueued[]> {
  const run = (executor: Executor) => runSteps(enqueueStore.addMails(entries, written), executor)
  return enqueueStore.isOneStatement(entries)
    ? run(database)
    : withTransactionRetry(() => database.transaction(run))
}
