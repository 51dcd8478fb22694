import type { Ambient } from '../transactions/ambient.ts'
import { recognise } from '../transactions/recognise.ts'
import type { SyncHandle } from '../transactions/transaction-handle.ts'
import { holdSync, letGoSync, type SyncHeld } from './add-in-sync.ts'
import type { Enqueueing } from './enqueue.ts'
import { type Held, hold, letGo } from './hold.ts'

/** What stands for the transaction of a `within`, in case that nobody awaits it and the connection goes on to another one. */
export interface Bounds {
  readonly async?: Held
  sync?: SyncHeld
}

/** Runs work inside a transaction, which is held until the work is done. */
export async function within<T>(
  queue: Enqueueing,
  { ambient, tx }: { ambient: Ambient<Bounds>; tx: unknown },
  work: () => T | Promise<T>,
): Promise<T> {
  const handle = recognise(tx)
  if (handle.run) return withinSync(queue, { ambient, handle, tx }, work)
  const held = await hold(queue, handle, { mails: 'later', bounds: undefined })
  try {
    return await ambient.within(tx, work, { async: held })
  } finally {
    // It means nothing any more, and is swept where it cannot be taken back.
    await letGo(held).catch(() => {})
  }
}

interface WithinSync {
  readonly ambient: Ambient<Bounds>
  readonly handle: SyncHandle
  readonly tx: unknown
}

/** Held when this turn is over, and only where the transaction is not: the callback of a synchronous one has nothing to wait for. */
async function withinSync<T>(
  queue: Enqueueing,
  { ambient, handle, tx }: WithinSync,
  work: () => T | Promise<T>,
): Promise<T> {
  const bounds: Bounds = {}
  try {
    return await ambient.within(tx, work, bounds, () => {
      bounds.sync = holdSync(queue, handle)
    })
  } finally {
    if (bounds.sync) letGoSync(bounds.sync)
  }
}
