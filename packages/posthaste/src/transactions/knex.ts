import type { DatabaseKind, Result, Row, Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { mysqlResult } from './mysql2.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface KnexTransaction {
  raw(sql: string, bindings: readonly unknown[]): Promise<unknown>
  readonly isTransaction?: boolean
  readonly client: { readonly config: { readonly client?: unknown } }
}

/** A Knex transaction: also Objection's, and the one inside Lucid's. */
export function knexHandle(value: object): TransactionHandle | undefined {
  if ('knexClient' in value && 'rawQuery' in value) return lucidHandle(value)
  if (has(value, 'rawQuery', 'insertQuery', 'transaction'))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a Lucid database, not the trx of its transaction()')
  if (!has(value, 'raw', 'client', 'transaction') || has(value, 'executeQuery')) return undefined
  const knex = value as unknown as KnexTransaction
  if (knex.isTransaction !== true)
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a Knex instance, not the trx of its transaction()')
  const kind = kindOf(knex.client.config.client)
  return {
    kind,
    key: value,
    name: 'Knex transaction',
    executor: {
      async query(sql, params: readonly Value[] = []) {
        return resultOf(await knex.raw(sql, params.map(asBuffer)))
      },
    },
  }
}

function lucidHandle(value: object): TransactionHandle | undefined {
  const inner = Reflect.get(value, 'knexClient')
  if ((typeof inner !== 'object' && typeof inner !== 'function') || inner === null)
    throw new PosthasteError('PH_TRANSACTION_HANDLE', 'a Lucid client without Knex')
  const handle = knexHandle(inner)
  return handle && { ...handle, name: 'Lucid transaction' }
}

/** Rows of SQLite, `[header or rows, fields]` of MySQL, the whole answer of pg. */
function resultOf(answer: unknown): Result {
  if (Array.isArray(answer))
    return answer.length === 2 && (Array.isArray(answer[0]) || isHeader(answer[0]))
      ? mysqlResult(answer[0])
      : { rows: answer as Row[], affected: answer.length }
  if (typeof answer !== 'object' || answer === null) return { rows: [], affected: 0 }
  if ('rows' in answer && Array.isArray(answer.rows))
    return {
      rows: answer.rows as Row[],
      affected: 'rowCount' in answer ? Number(answer.rowCount) : answer.rows.length,
    }
  return { rows: [], affected: 'changes' in answer ? Number(answer.changes) : 0 }
}

function isHeader(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'affectedRows' in value
}

function asBuffer(value: Value): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

function kindOf(client: unknown): DatabaseKind | undefined {
  const name = typeof client === 'string' ? client : typeof client === 'function' ? client.name : ''
  if (/pg|postgres/i.test(name)) return 'postgres'
  if (/mysql|maria/i.test(name)) return 'mysql'
  return /sqlite/i.test(name) ? 'sqlite' : undefined
}
