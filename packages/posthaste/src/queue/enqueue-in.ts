import { PosthasteError } from '../errors.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { recognise } from '../transactions/recognise.ts'
import { addInAsync } from './add-in-async.ts'
import { addInSync, addNow } from './add-in-sync.ts'
import { compose } from './compose.ts'
import type { Enqueued, Enqueueing } from './enqueue.ts'
import { incoming, incomingPrepared } from './incoming.ts'
import { Prepared } from './prepared.ts'
import type { Bounds } from './within.ts'

/** Stores one mail in the caller's transaction. Everything up to the first await runs before the caller goes on. */
export async function enqueueIn(
  queue: Enqueueing,
  tx: unknown,
  {
    given,
    options,
    bounds,
  }: { given: Mail | Prepared; options: EnqueueOptions; bounds?: Bounds | undefined },
): Promise<Enqueued> {
  const mails =
    given instanceof Prepared
      ? incomingPrepared(given, options)
      : incoming(queue, [compose(given, options, queue)])
  const handle = recognise(tx)
  const [added] = await (handle.run
    ? addInSync(queue, handle, { incoming: mails, bounds: bounds?.sync })
    : addInAsync(queue, handle, { incoming: mails, bounds: bounds?.async }))
  return added as Enqueued
}

/** Stores a prepared mail in a synchronous transaction, before it returns. */
export function enqueueSync(queue: Enqueueing, tx: unknown, given: Prepared): Enqueued {
  if (!(given instanceof Prepared))
    throw new PosthasteError('PH_ASYNC_IN_SYNC', 'enqueueSync takes what prepare() gave')
  const handle = recognise(tx)
  if (!handle.run)
    throw new PosthasteError(
      'PH_TRANSACTION_HANDLE',
      `enqueueSync needs a synchronous driver, this is a ${handle.name}: use enqueueIn`,
    )
  const [added] = addNow(queue, handle, [given.entry])
  return added as Enqueued
}
