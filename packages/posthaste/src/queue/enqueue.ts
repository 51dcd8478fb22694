import type { Executor } from '../connections/database.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { tentatively, type WrittenContents } from '../store/add/contents.ts'
import type { Enqueued, NewEntry } from '../store/add/new-mail.ts'
import { withTransactionRetry } from '../store/database-errors.ts'
import { runSteps } from '../store/statement.ts'
import { bodyLater, bodyNow, disposeBodies } from './compose.ts'
import { composeInTime, type Enqueueing } from './compose-in-time.ts'
import type { Connected } from './connection.ts'

export type { Enqueued } from '../store/add/new-mail.ts'

/** Stores one mail in a transaction of its own. */
export async function enqueueAlone(
  queue: Enqueueing,
  given: Mail,
  options: EnqueueOptions,
): Promise<Enqueued> {
  const { composing, connected } = await composeInTime(queue, given, options)
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
  const run = async (executor: Executor) => {
    const { contents, keep } = tentatively(written)
    return { added: await runSteps(enqueueStore.addMails(entries, contents), executor), keep }
  }
  const { added, keep } = enqueueStore.isOneStatement(entries)
    ? await run(database)
    : await withTransactionRetry(() => database.transaction(run))
  keep()
  return added
}
