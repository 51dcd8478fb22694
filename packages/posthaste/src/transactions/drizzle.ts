import type { DatabaseKind, Result, Row, Value } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { type DialectNames, kindNamed } from './dialects.ts'
import { libsqlHandle } from './libsql.ts'
import { mysqlResult } from './mysql2.ts'
import { pgliteHandle } from './pglite.ts'
import { sqliteTransaction } from './sqlite.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'
import { refuseUnsupported } from './unsupported.ts'

interface DrizzleTransaction {
  execute(query: unknown): Promise<unknown>
  readonly session: { readonly client?: unknown; readonly tx?: unknown }
}

/** A Drizzle transaction, on node-postgres, postgres.js, mysql2, PGlite, better-sqlite3, bun:sqlite or libSQL. */
export function drizzleHandle(value: object): TransactionHandle | undefined {
  if (!has(value, 'session', 'dialect') || !('select' in value)) return undefined
  const transaction = value as unknown as DrizzleTransaction
  const { client, tx } = transaction.session
  refuseUnsupported(Object(tx ?? client))
  if (!('rollback' in value) || typeof value.rollback !== 'function')
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a Drizzle database, not the tx of its transaction()')
  const kind = kindNamed(dialects, (value.dialect as object).constructor.name)
  const own: TransactionHandle = {
    kind,
    key: (client ?? value) as object,
    name: 'Drizzle transaction',
    executor: {
      query: async (sql, params: readonly Value[] = []) =>
        resultOf(await transaction.execute(written(sql, params))),
    },
  }
  const better = kind && handles[kind]
  return better ? better(Object(tx ?? client), own) : own
}

const dialects: DialectNames = [
  [/^Pg/, 'postgres'],
  [/^MySql/, 'mysql'],
  [/^SQLite/, 'sqlite'],
]

/** The driver's own handle, where it tells more than Drizzle's. */
const handles: Partial<
  Record<DatabaseKind, (client: object, own: TransactionHandle) => TransactionHandle | undefined>
> = {
  postgres: (client, own) => pgliteHandle(client) ?? own,
  sqlite: (client) => sqliteTransaction(client) ?? libsqlHandle(client),
}

/** What drizzle's own `sql` makes, as far as its dialects look: they ask for `getSQL`, then let it write itself. */
function written(text: string, params: readonly Value[]): object {
  const parts = text.split('?')
  const self = {
    getSQL: () => self,
    shouldOmitSQLParens: () => true,
    toQuery({ escapeParam }: { escapeParam(index: number, value: unknown): string }) {
      const sql = parts.map((part, n) => (n === 0 ? part : escapeParam(n - 1, params[n - 1]) + part)).join('')
      return { sql, params: params.map(asBuffer) }
    },
  }
  return self
}

/** An answer of pg, flat rows of postgres.js, `[header or rows, fields]` of mysql2. */
function resultOf(answer: unknown): Result {
  if (typeof answer === 'object' && answer !== null && 'rows' in answer && Array.isArray(answer.rows)) {
    const count = 'rowCount' in answer ? answer.rowCount : 'affectedRows' in answer ? answer.affectedRows : 0
    return { rows: answer.rows as Row[], affected: Number(count ?? 0) }
  }
  if (!Array.isArray(answer)) return mysqlResult(answer)
  if ('count' in answer) return { rows: [...answer] as Row[], affected: Number(answer.count ?? 0) }
  return mysqlResult(answer[0])
}

function asBuffer(value: Value): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
