import type { Row, Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

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
        const [answer, fields] =
          params.length === 0
            ? await connection.query(sql)
            : await connection.execute(sql, params.map(bindable))
        return mysqlResult(named(answer, fields))
      },
    },
  }
}

/** Rows are arrays where the connection was made with `rowsAsArray`. */
function named(answer: unknown, fields: unknown): unknown {
  if (!Array.isArray(answer) || !Array.isArray(fields) || !Array.isArray(answer[0])) return answer
  return answer.map((row: unknown[]) => Object.fromEntries(fields.map(({ name }, n) => [name, row[n]])))
}

/** Rows, or the header that stands for a command. */
export function mysqlResult(answer: unknown): { rows: Row[]; affected: number; open?: boolean | undefined } {
  if (Array.isArray(answer)) return { rows: answer as Row[], affected: answer.length }
  if (typeof answer !== 'object' || answer === null) return { rows: [], affected: 0 }
  return {
    rows: [],
    affected: 'affectedRows' in answer ? Number(answer.affectedRows) : 0,
    open: 'serverStatus' in answer ? isOpen(Number(answer.serverStatus)) : undefined,
  }
}

const inTransaction = 1
const autocommit = 2

function isOpen(status: number): boolean {
  return (status & inTransaction) !== 0 || (status & autocommit) === 0
}

function bindable(value: Value): string | number | Buffer | null {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
