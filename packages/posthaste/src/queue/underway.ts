import type { Executor } from '../connections/database.ts'
import type { SettingHold } from '../store/add/hold.ts'
import { isAsking, oneByOne } from '../transactions/in-line.ts'
import type { AsyncHandle } from '../transactions/transaction-handle.ts'

/** The hold behind a statement of ours. */
export interface Behind {
  readonly setting: SettingHold
  /** The database that it was set in. */
  place: Promise<string>
}

/** By connection: whose statement was sent last. */
const latest = new WeakMap<object, Behind>()

/** Asks one thing at a time: pg gives up queueing statements. */
export function asking({ key, executor }: AsyncHandle, behind: Behind): Executor {
  return {
    query: (sql, params) =>
      oneByOne(key, () => {
        latest.set(key, behind)
        return executor.query(sql, params)
      }),
  }
}

/**
 * The hold behind the statement of ours that is under way: who comes now, with nothing of the app's sent in between, means the same
 * transaction. If it is over already, what comes is refused, never stored elsewhere.
 */
export function underway(handle: AsyncHandle, inside: SettingHold | undefined): Behind | undefined {
  if (!isAsking(handle.key) || handle.isCrowded?.() === true) return undefined
  const behind = latest.get(handle.key)
  return behind?.setting.inside === inside ? behind : undefined
}
