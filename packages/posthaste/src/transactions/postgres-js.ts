import type { Row, Value } from '../connections/database.ts'
import { numbered } from '../connections/postgres.ts'
import { PosthasteError } from '../errors.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface Sql {
  unsafe(text: string, params?: readonly unknown[]): Promise<Row[] & { count: number | null }>
}

/** The `sql` that postgres.js gives inside `sql.begin()`; `savepoint` is there only. */
export function postgresJsHandle(value: object): TransactionHandle | undefined {
  if (!has(value, 'unsafe', 'array', 'json')) return undefined
  if (!('savepoint' in value))
    throw new PosthasteError(
      'PH_POOL_AS_TRANSACTION',
      'the sql of postgres.js, not the one that sql.begin() gives',
    )
  const sql = value as unknown as Sql
  return {
    kind: 'postgres',
    key: value,
    name: 'postgres.js transaction',
    executor: {
      async query(text, params: readonly Value[] = []) {
        const rows = await sql.unsafe(numbered(text).text, [...params])
        return { rows: [...rows], affected: rows.count ?? rows.length }
      },
    },
  }
}
