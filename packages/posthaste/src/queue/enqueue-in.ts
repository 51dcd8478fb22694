import { PosthasteError } from '../errors.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { guardsFor } from '../transactions/guards/guards-for.ts'
import { storeNow } from '../transactions/guards/sync-guards.ts'
import type { Guards, TransactionGuard } from '../transactions/guards/transaction-guard.ts'
import { recognise } from '../transactions/recognise.ts'
import { compose, disposeBodies } from './compose.ts'
import type { Enqueued, Enqueueing } from './enqueue.ts'
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
    : incoming(queue, compose(given, options, queue))
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
  if (!body) return storeLater(guards, mail, outer)
  const entries = [{ mail: mail.mail, body }]
  try {
    return await guards.storeAtOnce(entries, outer)
  } finally {
    disposeBodies(entries)
  }
}

/** The guard stands for the transaction while the mail's streams are read. */
async function storeLater(
  guards: Guards,
  mail: Incoming,
  outer: TransactionGuard | undefined,
): Promise<Enqueued[]> {
  const guard = await guards.acquire([mail.mail], outer)
  try {
    const entries = [{ mail: mail.mail, body: await mail.later() }]
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
