import { PosthasteError } from '../errors.ts'
import { kyselyHandle } from './kysely.ts'
import { mysqlHandle } from './mysql2.ts'
import { pgHandle } from './pg.ts'
import { sqliteTransaction } from './sqlite.ts'
import type { Recogniser, TransactionHandle } from './transaction-handle.ts'

const recognisers: readonly Recogniser[] = [kyselyHandle, pgHandle, mysqlHandle, sqliteTransaction]

/**
 * Knows the app's transaction by its shape.
 *
 * @throws {PH_POOL_AS_TRANSACTION} {PH_TRANSACTION_HANDLE}
 */
export function recognise(tx: unknown): TransactionHandle {
  if (typeof tx === 'object' && tx !== null)
    for (const recogniser of recognisers) {
      const handle = recogniser(tx)
      if (handle) return handle
    }
  throw new PosthasteError('PH_TRANSACTION_HANDLE', `got ${describe(tx)}`)
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === undefined ? 'undefined' : typeof value
  return `an object of class ${value.constructor?.name ?? 'null'}`
}
