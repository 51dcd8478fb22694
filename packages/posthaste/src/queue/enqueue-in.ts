import { PosthasteError } from '../errors.ts'
import type { Mail } from '../mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { NewBody } from '../store/add/new-mail.ts'
import { recognise } from '../transactions/recognise.ts'
import { addInAsync } from './add-in-async.ts'
import { addInSync, addNow } from './add-in-sync.ts'
import { bodyLater, bodyNow, type Composing, compose, newSharing, type Sharing } from './compose.ts'
import type { Enqueued, Enqueueing } from './enqueue.ts'
import { Prepared } from './prepared.ts'

/** Mails bound for somebody's transaction: what can be known at once, and the rest when it has been waited for. */
export interface Incoming {
  readonly mails: readonly Composing['mail'][]
  /** undefined where something must be awaited. */
  now(): NewBody[] | undefined
  later(): Promise<NewBody[]>
}

/** Stores one mail in the caller's transaction. Everything up to the first await runs before the caller goes on. */
export async function enqueueIn(
  queue: Enqueueing,
  tx: unknown,
  { given, options }: { given: Mail | Prepared; options: EnqueueOptions },
): Promise<Enqueued> {
  const [added] = await addIn(
    queue,
    tx,
    given instanceof Prepared ? prepared(given, options) : incoming(queue, [compose(given, options, queue)]),
  )
  return added as Enqueued
}

export async function addIn(queue: Enqueueing, tx: unknown, mails: Incoming): Promise<Enqueued[]> {
  const handle = recognise(tx)
  return handle.run ? addInSync(queue, handle, mails) : addInAsync(queue, handle, mails)
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

export function incoming(
  { settings }: Enqueueing,
  composing: readonly Composing[],
  sharing: Sharing = newSharing(),
): Incoming {
  return {
    mails: composing.map(({ mail }) => mail),
    now: () => {
      const bodies = composing.map((one) => bodyNow(one, settings, sharing))
      return bodies.every((body) => body !== undefined) ? bodies : undefined
    },
    later: async () => {
      const bodies: NewBody[] = []
      for (const one of composing)
        bodies.push(bodyNow(one, settings, sharing) ?? (await bodyLater(one, settings, sharing)))
      return bodies
    },
  }
}

function prepared({ entry }: Prepared, options: EnqueueOptions): Incoming {
  if (Object.keys(options).length > 0)
    throw new PosthasteError('PH_OPTION_INVALID', 'the options of a prepared mail are given to prepare()')
  return { mails: [entry.mail], now: () => [entry.body], later: async () => [entry.body] }
}
