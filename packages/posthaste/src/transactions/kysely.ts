import type { Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { type DialectNames, driverSql, kindNamed } from './dialects.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface KyselyTransaction {
  executeQuery(query: unknown): Promise<{ rows: unknown[]; numAffectedRows?: bigint }>
  getExecutor(): { adapter: object }
}

/** A Kysely transaction, on whatever driver. */
export function kyselyHandle(value: object): TransactionHandle | undefined {
  if (!has(value, 'isTransaction', 'executeQuery', 'getExecutor')) return undefined
  if (value.isTransaction !== true)
    throw new PosthasteError(
      'PH_NO_TRANSACTION',
      'a Kysely database was passed, not the trx of its transaction()',
    )
  const transaction = value as unknown as KyselyTransaction
  const kind = kindNamed(dialects, transaction.getExecutor().adapter.constructor.name)
  return {
    kind,
    key: value,
    name: 'Kysely transaction',
    executor: {
      async query(sql, params: readonly Value[] = []) {
        const { rows, numAffectedRows } = await transaction.executeQuery(raw(driverSql(kind, sql), params))
        return { rows: rows as Record<string, unknown>[], affected: Number(numAffectedRows ?? rows.length) }
      },
    },
  }
}

/** What CompiledQuery.raw makes, made by hand: Kysely stays the app's. */
function raw(sql: string, parameters: readonly Value[]): object {
  return {
    sql,
    parameters: [...parameters],
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: 'posthaste' },
  }
}

const dialects: DialectNames = [
  [/postgres/i, 'postgres'],
  [/mysql/i, 'mysql'],
  [/sqlite/i, 'sqlite'],
]
