import { PosthasteError } from '../errors.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { NewBody } from '../store/add/new-mail.ts'
import { guardsFor } from '../transactions/guards/guards-for.ts'
import { storeNow } from '../transactions/guards/sync-guards.ts'
import type { Guards, TransactionGuard } from '../transactions/guards/transaction-guard.ts'
import { recognise } from '../transactions/recognise.ts'
import { disposeBodies } from './compose.ts'
import { composeAtOnce, type Enqueueing } from './compose-in-time.ts'
import type { Enqueued } from './enqueue.ts'
import { type Incoming, incoming, incomingPrepared } from './incoming.ts'
import { Prepared } from './prepared.ts'
import type { OuterGuard } from './within.ts'

interface EnqueueIn {
  readonly given: Mail | Prepared
  readonly options: EnqueueOptions
  readonly outer?: OuterGuard | undefined
}

/** Stores one mail in the caller's transaction. Everything up to the first await runs before the caller goes on. */
export async function enqueueIn(
  queue: Enqueueing,
  tx: unknown,
  { given, options, outer }: EnqueueIn,
): Promise<Enqueued> {
  const mail = Prepared.is(given)
    ? incomingPrepared(given, options)
    : incoming(queue, composeAtOnce(queue, given, options))
  const guards = guardsFor(queue, recognise(tx))
  const [added] = await storeIn(guards, mail, outer?.guard)
  return added as Enqueued
}

async function storeIn(
  guards: Guards,
  mail: Incoming,
  outer: TransactionGuard | undefined,
): Promise<Enqueued[]> {
  const body = mail.now()
  if (!body) return storeLater(guards, mail, { body, outer })
  try {
    if (guards.learnsTime) return await storeLater(guards, mail, { body, outer })
    return await guards.storeAtOnce([{ mail: mail.mail, body }], outer)
  } finally {
    disposeBodies([{ body }])
  }
}

interface Later {
  readonly body: NewBody | undefined
  readonly outer: TransactionGuard | undefined
}

/** The guard stands for the transaction while the mail's streams are read, and while the first mail of a process is dated. */
async function storeLater(guards: Guards, given: Incoming, { body, outer }: Later): Promise<Enqueued[]> {
  const guard = await guards.acquire(guards.learnsTime ? 'later' : [given.mail], outer)
  try {
    const mail = guards.learnsTime ? given.inTime() : given
    const known = mail === given ? body : mail.now()
    const entries = [{ mail: mail.mail, body: known ?? (await mail.later()) }]
    try {
      return await guard.store(entries, new WeakSet())
    } finally {
      disposeBodies(entries)
    }
  } finally {
    await guard.release()
  }
}

/** Stores a prepared mail in a synchronous transaction, before it returns. */
export function enqueueSync(queue: Enqueueing, tx: unknown, given: Prepared): Enqueued {
  if (!Prepared.is(given))
    throw new PosthasteError('PH_ASYNC_IN_SYNC', 'enqueueSync takes what prepare() gave')
  const handle = recognise(tx)
  if (!handle.run)
    throw new PosthasteError(
      'PH_TRANSACTION_HANDLE',
      `enqueueSync needs a synchronous driver, this is a ${handle.name}: use enqueueIn`,
    )
  try {
    const [added] = storeNow(queue, handle, [given.entry])
    return added as Enqueued
  } finally {
    disposeBodies([given.entry])
  }
}
