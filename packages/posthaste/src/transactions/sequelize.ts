import type { DatabaseKind, Result, Row, Value } from '../connections/database.ts'
import type { SqliteLibrary } from '../connections/loaded-sqlite.ts'
import { PosthasteError } from '../errors.ts'
import { type DialectNames, kindNamed } from './dialects.ts'
import { has, type TransactionHandle } from './transaction-handle.ts'

interface Sequelize {
  getDialect(): string
  query(sql: string, options: object): Promise<unknown>
  /** Of SQLite: the package whose connections it makes. */
  readonly connectionManager?: { readonly lib?: { readonly Database?: SqliteLibrary } }
}

/** A Sequelize transaction. */
export function sequelizeHandle(value: object): TransactionHandle | undefined {
  if (has(value, 'getDialect', 'transaction', 'define'))
    throw new PosthasteError('PH_POOL_AS_TRANSACTION', 'a Sequelize instance, not the t of its transaction()')
  if (!has(value, 'sequelize', 'commit', 'rollback')) return undefined
  if ('finished' in value && value.finished !== undefined)
    throw new PosthasteError(
      'PH_TRANSACTION_ENDED',
      `a Sequelize transaction that has had its ${value.finished}`,
    )
  const sequelize = value.sequelize as Sequelize
  const kind = kindNamed(dialects, sequelize.getDialect())
  return {
    kind,
    library: sequelize.connectionManager?.lib?.Database,
    key: value,
    name: 'Sequelize transaction',
    executor: {
      async query(sql, params: readonly Value[] = []) {
        const bound = params.length > 0 ? { bind: params.map(asBuffer) } : {}
        let n = 0
        const text = sql.replace(/\?/g, () => `$${++n}`)
        const type = isQuestion(sql) ? { type: 'SELECT' } : ((kind && counting[kind]) ?? plain)
        return resultOf(
          await sequelize.query(text, { ...bound, ...type, transaction: value, logging: false }),
        )
      },
    },
  }
}

const plain = { raw: true }
/** Any other kind of statement has Sequelize ask SQLite for rows, and lose how many were changed. */
const counting: Partial<Record<DatabaseKind, object>> = { sqlite: { type: 'BULKDELETE' } }

function isQuestion(sql: string): boolean {
  return /^\s*(select|with)\b/i.test(sql)
}

/** Rows where rows were asked for; else `[something, what the driver said]`. */
function resultOf(answer: unknown): Result {
  if (!Array.isArray(answer)) return { rows: [], affected: Number(answer) || 0 }
  const said: unknown = answer[1]
  if (answer.length === 2 && typeof said === 'number') return { rows: [], affected: said }
  if (answer.length === 2 && typeof said === 'object' && said !== null) {
    if ('affectedRows' in said) return { rows: [], affected: Number(said.affectedRows) }
    if ('rowCount' in said) return { rows: [], affected: Number(said.rowCount) }
  }
  return { rows: answer as Row[], affected: answer.length }
}

function asBuffer(value: Value): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

const dialects: DialectNames = [
  [/^postgres$/, 'postgres'],
  [/^(?:mysql|mariadb)$/, 'mysql'],
  [/^sqlite$/, 'sqlite'],
]
