import type { Value } from '../connections/database.ts'
import { numbered } from '../connections/postgres.ts'
import { PosthasteError } from '../errors.ts'
import { has } from './shape.ts'
import type { TransactionHandle } from './transaction-handle.ts'

interface PgClient {
  query(
    text: string,
    values: readonly unknown[],
  ): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>
}

/** A `pg` Client or PoolClient (and PGlite's transaction has the same `query`, without a connection). */
export function pgHandle(value: object): TransactionHandle | undefined {
  if (has(value, 'query', 'connect', 'totalCount'))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a pg Pool')
  if (!has(value, 'query', 'connectionParameters')) return undefined
  const client = value as PgClient
  return {
    kind: 'postgres',
    key: value,
    name: 'pg client',
    executor: {
      async query(sql, params: readonly Value[] = []) {
        const { rows, rowCount } = await client.query(numbered(sql).text, params)
        return { rows, affected: rowCount ?? 0 }
      },
    },
  }
}
