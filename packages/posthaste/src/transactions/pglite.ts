import { isPglite, type PgliteQueries, runPglite } from '../connections/pglite.ts'
import { PosthasteError } from '../errors.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

/** The `tx` that PGlite gives inside `transaction()`. */
export function pgliteHandle(value: object): TransactionHandle | undefined {
  if (isPglite(value))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'PGlite itself, not the tx of its transaction()')
  if (!has(value, 'query', 'exec', 'rollback', 'listen', 'closed')) return undefined
  if (value.closed === true) throw new PosthasteError('PH_TRANSACTION_ENDED', 'a PGlite transaction')
  const tx = value as unknown as PgliteQueries
  return {
    kind: 'postgres',
    key: value,
    name: 'PGlite transaction',
    rejectsAfterEnd: true,
    executor: { query: (sql, params) => runPglite(tx, sql, params) },
  }
}
