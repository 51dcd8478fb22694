import type { DatabaseKind, Result, Row, Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { type DialectNames, driverSql, kindNamed } from './dialects.ts'
import { mysqlResult } from './mysql2.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface QueryRunner {
  query(sql: string, params: readonly unknown[]): Promise<unknown>
  readonly isTransactionActive: boolean
  readonly isReleased: boolean
  readonly connection?: { readonly options: { readonly type: string } }
  readonly dataSource?: { readonly options: { readonly type: string } }
}

/** TypeORM: the EntityManager of a transaction, or its QueryRunner. */
export function typeormHandle(value: object): TransactionHandle | undefined {
  const runner = runnerOf(value)
  if (!runner) return undefined
  if (runner.isReleased)
    throw new PosthasteError('PH_TRANSACTION_ENDED', 'its TypeORM query runner was released')
  if (!runner.isTransactionActive)
    throw new PosthasteError('PH_NO_TRANSACTION', 'a TypeORM query runner without one')
  const kind = kindNamed(dialects, (runner.connection ?? runner.dataSource)?.options.type ?? '')
  return {
    kind,
    key: runner,
    name: 'TypeORM transaction',
    isReused: kind !== undefined && reuses.has(kind),
    executor: {
      async query(sql, params: readonly Value[] = []) {
        return resultOf(await runner.query(driverSql(kind, sql), [...params]))
      },
    },
  }
}

function runnerOf(value: object): QueryRunner | undefined {
  if (has(value, 'query', 'isTransactionActive', 'isReleased')) return value as unknown as QueryRunner
  if (!has(value, 'query', 'getRepository', 'save') && !has(value, 'query', 'initialize')) return undefined
  const runner = 'queryRunner' in value ? value.queryRunner : undefined
  if (typeof runner !== 'object' || runner === null)
    throw new PosthasteError(
      'PH_POOL_AS_TRANSACTION',
      'a TypeORM data source or manager outside of transaction()',
    )
  return runner as QueryRunner
}

/** Rows; of PostgreSQL's `update` and `delete` `[rows, affected]`; a header of MySQL; a number of SQLite. */
function resultOf(answer: unknown): Result {
  if (typeof answer === 'number') return { rows: [], affected: answer }
  if (!Array.isArray(answer)) return mysqlResult(answer)
  if (answer.length === 2 && Array.isArray(answer[0]) && typeof answer[1] === 'number')
    return { rows: answer[0] as Row[], affected: answer[1] }
  return { rows: answer as Row[], affected: answer.length }
}

const dialects: DialectNames = [
  [/postgres|cockroach/, 'postgres'],
  [/mysql|mariadb/, 'mysql'],
  [/sqlite|sqljs/, 'sqlite'],
]

/** Where its query runner is the only one of its data source, and never released. */
const reuses: ReadonlySet<DatabaseKind> = new Set(['sqlite'])
