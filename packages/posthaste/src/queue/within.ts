import { isThenable } from '../app-call.ts'
import type { Settings } from '../config/settings.ts'
import { PosthasteError } from '../errors.ts'
import { errorText } from '../foreign.ts'
import type { Ambient } from '../transactions/ambient.ts'
import { guardsFor } from '../transactions/guards/guards-for.ts'
import type { Guards, TransactionGuard } from '../transactions/guards/transaction-guard.ts'
import type { OpenTransaction } from '../transactions/open-transaction.ts'
import { recognise } from '../transactions/recognise.ts'
import type { Enqueueing } from './compose-in-time.ts'
import { readWork } from './read-calls.ts'

/** What stands for the transaction of a `within`, in case that it is not awaited and the connection goes on to another one. */
export interface OuterGuard {
  guard?: TransactionGuard
}

/** What the app's `ambientTransaction` answers; null and undefined are no transaction. @throws {PH_APP_FUNCTION} it threw */
export function askAmbient({ ambientTransaction }: Settings): OpenTransaction | undefined {
  try {
    const tx = ambientTransaction?.() ?? undefined
    // It is refused as a handle; what it rejects with must not end the process.
    if (isThenable(tx)) Promise.resolve(tx).catch(() => {})
    return tx as OpenTransaction | undefined
  } catch (cause) {
    throw new PosthasteError('PH_APP_FUNCTION', `ambientTransaction: ${errorText(cause)}`, { cause })
  }
}

interface Within {
  readonly ambient: Ambient<OuterGuard>
  readonly tx: unknown
}

/** Runs work inside a transaction, which is guarded until the work is done. */
export async function within<T>(
  queue: Enqueueing,
  { ambient, tx }: Within,
  work: () => T | Promise<T>,
): Promise<T> {
  const read = readWork<typeof work>(work)
  const handle = recognise(tx)
  const guards = guardsFor(queue, handle)
  const outer: OuterGuard = {}
  if (!handle.run) outer.guard = await guards.acquire('later', undefined)
  try {
    return await ambient.within(tx, read, outer, () => acquireNow(guards, outer))
  } finally {
    await outer.guard?.release()
  }
}

/** The callback of a synchronous transaction has nothing to wait for: it needs a guard only where it outlives this turn. */
function acquireNow(guards: Guards, outer: OuterGuard): void {
  const guard = guards.acquire('later', undefined)
  if (!(guard instanceof Promise)) outer.guard = guard
}
