import { kindFor } from '../same-database.ts'
import type { TransactionHandle } from '../transaction-handle.ts'
import { mysqlGuards } from './mysql-guards.ts'
import { postgresGuards } from './postgres-guards.ts'
import { sqliteGuards } from './sqlite-guards.ts'
import { syncGuards } from './sync-guards.ts'
import type { GuardedQueue, Guards } from './transaction-guard.ts'

const asynchronous = { postgres: postgresGuards, mysql: mysqlGuards, sqlite: sqliteGuards }

/**
 * What guards a transaction of the app's.
 *
 * @throws {PH_WRONG_DATABASE} it is on a database of another kind
 */
export function guardsFor(queue: GuardedQueue, handle: TransactionHandle): Guards {
  const kind = kindFor(queue.connection.peek?.database.kind, queue.settings.database, handle)
  return handle.run ? syncGuards(queue, handle) : asynchronous[kind](queue, handle)
}
