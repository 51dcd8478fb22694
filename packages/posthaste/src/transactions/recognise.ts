import { PosthasteError } from '../errors.ts'
import { type Border, readInput } from '../input/reader.ts'
import { bunSqlHandle } from './bun-sql.ts'
import { drizzleHandle } from './drizzle.ts'
import { knexHandle } from './knex.ts'
import { kyselyHandle } from './kysely.ts'
import { libsqlHandle } from './libsql.ts'
import { mikroOrmHandle } from './mikro-orm.ts'
import { mysqlHandle } from './mysql2.ts'
import { pgHandle } from './pg.ts'
import { pgliteHandle } from './pglite.ts'
import { postgresJsHandle } from './postgres-js.ts'
import { prismaHandle } from './prisma.ts'
import { sequelizeHandle } from './sequelize.ts'
import { sqliteTransaction } from './sqlite.ts'
import type { Recogniser, TransactionHandle } from './transaction-handle.ts'
import { typeormHandle } from './typeorm.ts'
import { refuseUnsupported } from './unsupported.ts'

const recognisers: readonly Recogniser[] = [
  // First, for its entity manager has the names of a pool, too.
  (value) => mikroOrmHandle(value, [kyselyHandle, knexHandle]),
  pgHandle,
  mysqlHandle,
  sqliteTransaction,
  kyselyHandle,
  knexHandle,
  drizzleHandle,
  bunSqlHandle,
  postgresJsHandle,
  pgliteHandle,
  typeormHandle,
  sequelizeHandle,
  prismaHandle,
  libsqlHandle,
  refuseUnsupported,
]

/**
 * Knows the app's transaction by its shape.
 *
 * @throws {PH_POOL_AS_TRANSACTION} {PH_DRIVER_UNSUPPORTED} {PH_TRANSACTION_HANDLE} {PH_NO_TRANSACTION} {PH_TRANSACTION_ENDED}
 */
export function recognise(tx: unknown): TransactionHandle {
  return readInput(handleOf, tx, border)
}

const border: Border = { unknown: 'PH_TRANSACTION_HANDLE', invalid: 'PH_TRANSACTION_HANDLE', at: 'tx' }

function handleOf(tx: unknown): TransactionHandle {
  if ((typeof tx === 'object' && tx !== null) || typeof tx === 'function')
    for (const recogniser of recognisers) {
      const handle = recogniser(tx)
      if (handle) return handle
    }
  throw new PosthasteError('PH_TRANSACTION_HANDLE', `got ${describe(tx)}`)
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === undefined ? 'undefined' : typeof value
  return `an object of class ${value.constructor?.name ?? 'null'}`
}
