import { weakMapAcrossCopies } from '../../across-copies.ts'
import type { Executor } from '../../connections/database.ts'
import type { SettingGuard, StoreGuard } from '../../store/enqueue-store.ts'
import { hasStatementInFlight, serializeStatements } from '../serialize.ts'
import type { AsyncHandle } from '../transaction-handle.ts'

/** A guard of PostgreSQL behind a statement of ours that is under way. */
export interface PendingGuard {
  readonly setting: SettingGuard
  /** The server that it was set on. */
  identity: Promise<string>
}

/** By connection: whose statement was sent last. */
const latest = weakMapAcrossCopies<PendingGuard>('pending guards 1')

/** Sends one statement at a time, for pg gives up queueing them, and notes for which guard. */
export function trackedExecutor({ key, executor }: AsyncHandle, pending: PendingGuard): Executor {
  return {
    query: (sql, params) =>
      serializeStatements(key, () => {
        latest.set(key, pending)
        return executor.query(sql, params)
      }),
  }
}

/**
 * The guard behind the statement of ours that is under way: a call that comes now, with nothing of the app's sent in between, means the same
 * transaction. If that is over already, the call is refused and its mail never stored elsewhere.
 */
export function guardInFlight(handle: AsyncHandle, outer: StoreGuard | undefined): PendingGuard | undefined {
  if (!hasStatementInFlight(handle.key) || handle.hasQueuedStatements?.() === true) return undefined
  const pending = latest.get(handle.key)
  if (!pending || pending.setting.outer !== outer) return undefined
  shareSettingName(handle.key, pending.setting.name)
  return pending
}

/** By connection: names of settings, and how many guards use each. */
const used = weakMapAcrossCopies<Map<string, number>>('setting names 1')

/** The name of a setting that nothing else on this connection uses now. Few are ever named: a session remembers each. */
export function acquireSettingName(key: object): string {
  const names = used.get(key)
  let n = 0
  while (names?.has(`posthaste.guard_${n}`)) n++
  shareSettingName(key, `posthaste.guard_${n}`)
  return `posthaste.guard_${n}`
}

function shareSettingName(key: object, name: string): void {
  const names = used.get(key) ?? new Map<string, number>()
  used.set(key, names)
  names.set(name, (names.get(name) ?? 0) + 1)
}

export function releaseSettingName(key: object, name: string): void {
  const names = used.get(key)
  const users = names?.get(name) ?? 0
  if (users > 1) names?.set(name, users - 1)
  else names?.delete(name)
}
