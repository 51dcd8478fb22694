import { checkFilter, type Filter } from '../filter.ts'
import { type Duration, milliseconds } from '../input/time.ts'
import type { Store } from '../store/store.ts'

export interface PurgeOptions {
  /** Finished for longer than this; 0 is all that is finished. */
  olderThan: Duration
  /** Count, and delete nothing. @default false */
  dryRun?: boolean
}

/** Deletes finished mail that matches, with its history; gives how many. */
export function purge(
  store: Store,
  filter: Filter,
  { olderThan, dryRun = false, now }: PurgeOptions & { readonly now: number },
): Promise<number> {
  const age = milliseconds(olderThan, 'olderThan')
  const before = age === 0 ? Number.MAX_SAFE_INTEGER : now - age
  return store.purgeMatching({ filter: checkFilter(filter), before, dryRun })
}
