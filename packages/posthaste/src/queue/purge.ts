import { PosthasteError } from '../errors.ts'
import { checkFilter, type Filter } from '../filter.ts'
import type { Duration } from '../input/time.ts'
import type { Store } from '../store/store.ts'
import { readPurge } from './read-calls.ts'

export interface PurgeOptions {
  /** Finished for longer than this; 0 is all that is finished. */
  olderThan: Duration
  /** Count, and delete nothing. @default false */
  dryRun?: boolean
}

/** Deletes finished mail that matches, with its history; gives how many. @throws {PH_OPTION_INVALID} {PH_OPTION_UNKNOWN} {PH_FILTER_INVALID} */
export function purge(store: Store, filter: Filter, { options, now }: Asked): Promise<number> {
  const { olderThan, dryRun } = readPurge(options)
  if (olderThan === undefined)
    throw new PosthasteError('PH_OPTION_INVALID', "olderThan is missing; '0ms' is all that is finished")
  const before = olderThan === 0 ? Number.MAX_SAFE_INTEGER : now - olderThan
  return store.purgeMatching({ filter: checkFilter(filter), before, dryRun })
}

interface Asked {
  readonly options: PurgeOptions
  readonly now: number
}
