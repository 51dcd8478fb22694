import type { Row, Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { has } from './shape.ts'
import type { TransactionHandle } from './transaction-handle.ts'

interface PromiseConnection {
  query(sql: string): Promise<[unknown, unknown]>
  execute(sql: string, params: readonly unknown[]): Promise<[unknown, unknown]>
}

/** A mysql2 connection, of `mysql2/promise` or of callbacks. */
export function mysqlHandle(value: object): TransactionHandle | undefined {
  if (has(value, 'getConnection', 'execute'))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a mysql2 pool')
  if (!has(value, 'execute', 'query', 'beginTransaction')) return undefined
  const connection = (
    'promise' in value && typeof value.promise === 'function' ? value.promise() : value
  ) as PromiseConnection
  return {
    kind: 'mysql',
    key:
      'connection' in value && typeof value.connection === 'object' && value.connection !== null
        ? value.connection
        : value,
    name: 'mysql2 connection',
    executor: {
      async query(sql, params: readonly Value[] = []) {
        const [answer] =
          params.length === 0
            ? await connection.query(sql)
            : await connection.execute(sql, params.map(bindable))
        if (Array.isArray(answer)) return { rows: answer.map(named), affected: answer.length }
        return { rows: [], affected: affectedRows(answer) }
      },
    },
  }
}

function bindable(value: Value): string | number | Buffer | null {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

function named(row: unknown): Row {
  return row as Row
}

function affectedRows(answer: unknown): number {
  return typeof answer === 'object' && answer !== null && 'affectedRows' in answer
    ? Number(answer.affectedRows)
    : 0
}
