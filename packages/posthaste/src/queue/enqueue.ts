import type { Clock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Executor } from '../connections/database.ts'
import { readFields } from '../input/fields.ts'
import { optionBorder } from '../input/reader.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { tentatively, type WrittenContents } from '../store/add/contents.ts'
import type { Enqueued, NewEntry } from '../store/add/new-mail.ts'
import { withTransactionRetry } from '../store/database-errors.ts'
import { runSteps } from '../store/statement.ts'
import { bodyLater, bodyNow, type Composing, compose, disposeBodies } from './compose.ts'
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

/** A clock of this host that is so much off has dated a mail wrongly. Milliseconds. */
const offBy = 1_000

/** Checks and copies at once; what was dated before the database's time was known is dated anew. */
export async function composeInTime(
  queue: Enqueueing,
  given: Mail,
  options: EnqueueOptions,
): Promise<{ composing: Composing; connected: Connected }> {
  const { clock, connection } = queue
  const own = readFields(options, optionBorder)
  const composing = compose(given, own, queue)
  const before = clock.now() - clock.monotonic()
  const connected = await connection.ready()
  const isOff = Math.abs(clock.now() - clock.monotonic() - before) > offBy
  return { composing: isOff ? compose(composing.draft.mail as Mail, own, queue) : composing, connected }
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
