import type { Row, Value } from '../connections/database.ts'
import { withBytes } from '../connections/libsql.ts'
import { PosthasteError } from '../errors.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface LibsqlTransaction {
  execute(statement: { sql: string; args: readonly Value[] }): Promise<LibsqlAnswer>
  readonly closed: boolean
}

interface LibsqlAnswer {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  readonly rowsAffected: number
}

/** What `transaction()` of an `@libsql/client` gives. */
export function libsqlHandle(value: object): TransactionHandle | undefined {
  if (!has(value, 'execute', 'batch', 'executeMultiple')) return undefined
  if (!('commit' in value))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a libSQL client, not the tx of its transaction()')
  const transaction = value as unknown as LibsqlTransaction
  return {
    kind: 'sqlite',
    key: value,
    name: 'libSQL transaction',
    rejectsAfterEnd: true,
    executor: {
      async query(sql, params: readonly Value[] = []) {
        if (transaction.closed) throw new PosthasteError('PH_TRANSACTION_ENDED', 'a libSQL transaction')
        const answer = await transaction.execute({ sql, args: [...params] })
        const rows = answer.rows.map((row) => withBytes(row))
        return { rows, affected: rows.length || answer.rowsAffected }
      },
    },
  }
}
