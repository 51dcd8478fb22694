import type { NewEntry } from '../store/add/new-mail.ts'
import { recognise } from '../transactions/recognise.ts'
import type { AsyncHandle, SyncHandle } from '../transactions/transaction-handle.ts'
import { storeHeld } from './add-in-async.ts'
import { holdSync, letGoSync, refuseEnded, refuseOutside, storeHeldSync } from './add-in-sync.ts'
import { disposeBody } from './compose.ts'
import { addInOwn, type Enqueued, type Enqueueing } from './enqueue.ts'
import { hold, letGo } from './hold.ts'
import { type AddChunk, type Items, inChunks, type ManyOptions } from './in-chunks.ts'
import type { ManyResult } from './many-result.ts'
import type { Bounds } from './within.ts'

/** Stores the mails in transactions of the queue's own, one a chunk. */
export function enqueueMany(queue: Enqueueing, items: Items, options: ManyOptions): Promise<ManyResult> {
  const add: AddChunk = async (entries, { written }) => {
    try {
      const added = await addInOwn(await queue.connection.ready(), entries, written)
      queue.connection.enqueued()
      return added
    } finally {
      dispose(entries)
    }
  }
  return inChunks(queue, items, { options, add })
}

interface Many {
  readonly items: Items
  readonly options: ManyOptions
  readonly bounds?: Bounds | undefined
}

/** The same in the caller's transaction, which is held before this returns. */
export async function enqueueManyIn(queue: Enqueueing, tx: unknown, many: Many): Promise<ManyResult> {
  const handle = recognise(tx)
  return handle.run ? manyInSync(queue, handle, many) : manyInAsync(queue, handle, many)
}

async function manyInAsync(
  queue: Enqueueing,
  handle: AsyncHandle,
  { items, options, bounds }: Many,
): Promise<ManyResult> {
  const holding = hold(queue, handle, { mails: 'later', bounds: bounds?.async })
  holding.catch(() => {})
  const add: AddChunk = async (entries, { written }) => storeHeld(await holding, entries, written)
  try {
    const result = await inChunks(queue, items, { options, add })
    await holding
    return result
  } finally {
    // What is stored is stored: a hold that stays behind is a row that means nothing.
    await holding.then(letGo).catch(() => {})
  }
}

async function manyInSync(
  queue: Enqueueing,
  handle: SyncHandle,
  { items, options, bounds }: Many,
): Promise<ManyResult> {
  if (bounds?.sync) await refuseOutside(bounds.sync)
  const held = holdSync(queue, handle)
  let isFirstTurn = true
  queueMicrotask(() => {
    isFirstTurn = false
  })
  const add: AddChunk = (entries, { written }) => {
    const store = (): readonly Enqueued[] => storeHeldSync(held, entries, written)
    return isFirstTurn ? store() : refuseEnded(held).then(store)
  }
  let isHeld = true
  const end = () => {
    if (isHeld) letGoSync(held)
    isHeld = false
  }
  // Where everything was stored in this turn, the hold is let go in it, too: the app may commit in the next.
  return inChunks(queue, items, { options, add, end }).finally(end)
}

function dispose(entries: readonly NewEntry[]): void {
  for (const { body } of entries) disposeBody(body)
}
