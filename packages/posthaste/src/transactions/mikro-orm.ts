import { PosthasteError } from '../errors.ts'
import { has, type Recogniser, type TransactionHandle } from './transaction-handle.ts'

/** The EntityManager inside MikroORM's `transactional`: its context is a Kysely transaction (7) or a Knex one (6). */
export function mikroOrmHandle(
  value: object,
  recognisers: readonly Recogniser[],
): TransactionHandle | undefined {
  if (!has(value, 'getTransactionContext', 'getConnection', 'fork')) return undefined
  const context: unknown = (value.getTransactionContext as () => unknown).call(value)
  if ((typeof context !== 'object' && typeof context !== 'function') || context === null)
    throw new PosthasteError('PH_NO_TRANSACTION', 'a MikroORM entity manager outside of transactional()')
  for (const recogniser of recognisers) {
    const handle = recogniser(context)
    if (handle) return { ...handle, name: 'MikroORM transaction' }
  }
  return undefined
}
