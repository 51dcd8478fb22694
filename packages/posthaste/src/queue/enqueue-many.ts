import { guardsFor } from '../transactions/guards/guards-for.ts'
import { type Awaitable, after } from '../transactions/guards/transaction-guard.ts'
import { recognise } from '../transactions/recognise.ts'
import type { AddChunk } from './add-chunk.ts'
import type { Enqueueing } from './compose-in-time.ts'
import { addInOwn } from './enqueue.ts'
import { inChunks, type ManyOptions } from './in-chunks.ts'
import type { ManyResult } from './many-result.ts'
import type { OuterGuard } from './within.ts'

/** Stores the mails in transactions of the queue's own, one a chunk. */
export async function enqueueMany(
  queue: Enqueueing,
  items: unknown,
  options: ManyOptions,
): Promise<ManyResult> {
  // The database's time, which dates the first mail.
  if (!queue.connection.peek) await queue.connection.ready()
  const add: AddChunk = async (entries, { written }) => {
    const added = await addInOwn(await queue.connection.ready(), entries, written)
    queue.connection.enqueued()
    return added
  }
  return inChunks(queue, items, { options, add })
}

interface Many {
  readonly items: unknown
  readonly options: ManyOptions
  readonly outer?: OuterGuard | undefined
}

/** The same in the caller's transaction, whose guard is acquired before this returns. */
export async function enqueueManyIn(
  queue: Enqueueing,
  tx: unknown,
  { items, options, outer }: Many,
): Promise<ManyResult> {
  const guards = guardsFor(queue, recognise(tx))
  const { learnsTime } = guards
  const acquiring = guards.acquire('later', outer?.guard)
  // Its failure is met by the first chunk, or below.
  if (acquiring instanceof Promise) acquiring.catch(() => {})
  const add: AddChunk = (entries, { written }) => after(acquiring, (guard) => guard.store(entries, written))
  let released: Awaitable<void> | undefined
  const release = () => {
    released ??= after(acquiring, async (guard) => guard.release())
    return released
  }
  try {
    if (learnsTime) await acquiring
    // Where all was stored in this turn, the guard is released in it, too: the app may commit in the next.
    return await inChunks(queue, items, { options, add, end: release })
  } finally {
    await release()
  }
}
