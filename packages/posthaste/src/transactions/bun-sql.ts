import type { Row, Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { peek } from '../foreign.ts'
import { type DialectNames, driverSql, kindNamed } from './dialects.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface BunSql {
  unsafe(text: string, params?: readonly unknown[]): Promise<Row[] & Counts>
  readonly options?: { readonly adapter?: string }
}

interface Counts {
  readonly count?: number | null
  readonly affectedRows?: number | null
}

/** The `sql` that Bun gives inside `sql.begin()`: postgres.js's names, on three databases. */
export function bunSqlHandle(value: object): TransactionHandle | undefined {
  if (!has(value, 'unsafe', 'array', 'commitDistributed')) return undefined
  if (!('savepoint' in value))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'the sql of Bun, not the one that sql.begin() gives')
  const sql = value as unknown as BunSql
  const kind = kindNamed(adapters, sql.options?.adapter ?? '')
  return {
    kind,
    key: value,
    name: 'Bun.sql transaction',
    executor: {
      async query(text, params: readonly Value[] = []) {
        const rows = await named(sql.unsafe(driverSql(kind, text), [...params]))
        return { rows: [...rows], affected: rows.affectedRows || (rows.count ?? rows.length) }
      },
    },
  }
}

async function named<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!/_INVALID_TRANSACTION_STATE$/.test(String(peek(error, 'code')))) throw error
    throw new PosthasteError('PH_TRANSACTION_ENDED', 'a Bun.sql transaction', { cause: error })
  }
}

const adapters: DialectNames = [
  [/^postgres/, 'postgres'],
  [/^(?:mysql|mariadb)$/, 'mysql'],
  [/^sqlite$/, 'sqlite'],
]
