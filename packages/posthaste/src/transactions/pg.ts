import type { Value } from '../connections/database.ts'
import { numbered } from '../connections/postgres.ts'
import { PosthasteError } from '../errors.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface PgClient {
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>
}

/** A `pg` Client or PoolClient. */
export function pgHandle(value: object): TransactionHandle | undefined {
  if (has(value, 'query', 'connect', 'totalCount'))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a pg Pool')
  if (!has(value, 'query', 'connectionParameters')) return undefined
  const client = value as PgClient
  return {
    kind: 'postgres',
    key: value,
    name: 'pg client',
    isInTransaction: () => isInTransaction(value),
    hasQueuedStatements: () => waiting(value).some((queue) => Array.isArray(queue) && queue.length > 0),
    executor: {
      async query(sql, params: readonly Value[] = []) {
        const answer = await (params.length === 0
          ? client.query(sql)
          : client.query(numbered(sql).text, params))
        return { rows: answer.rows, affected: answer.rowCount ?? 0 }
      },
    },
  }
}

/** pg tells since 8.18; its queue is private, so what is not found there counts as unknown. */
function isInTransaction(client: object): boolean {
  if (!('getTransactionStatus' in client) || typeof client.getTransactionStatus !== 'function') return false
  const isIdle = '_activeQuery' in client && client._activeQuery === null
  return (
    client.getTransactionStatus() === 'T' &&
    isIdle &&
    waiting(client).every((queue) => Array.isArray(queue) && queue.length === 0)
  )
}

function waiting(client: object): unknown[] {
  return ['_queryQueue', '_sentQueryQueue'].map((name) => Reflect.get(client, name))
}
