import type { DatabaseSync } from 'node:sqlite'
import type { PGlite, Transaction as PGliteTransaction } from '@electric-sql/pglite'
import type { EntityManager as MikroManager, MikroORM } from '@mikro-orm/postgresql'
import type {
  DefaultArgs,
  DynamicClientExtensionThis,
  ITXClientDenyList,
  TypeMapCbDef,
  TypeMapDef,
} from '@prisma/client/runtime/client'
import type BetterSqlite from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { MySql2Database } from 'drizzle-orm/mysql2'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { PgliteDatabase } from 'drizzle-orm/pglite'
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type { Knex } from 'knex'
import type { ControlledTransaction, Kysely, Transaction } from 'kysely'
import type { Connection as CallbackConnection, Pool as CallbackPool } from 'mysql2'
import type { PoolConnection, Pool as PromisePool } from 'mysql2/promise'
import type { Model, Transaction as ObjectionTransaction } from 'objection'
import type { Client, Pool, PoolClient } from 'pg'
import type { Sql, TransactionSql } from 'postgres'
import type { Sequelize, Transaction as SequelizeTransaction } from 'sequelize'
import type { DataSource, EntityManager, QueryRunner } from 'typeorm'
import { expect, expectTypeOf, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'

const mail = createMailQueue({ database: 'sqlite::memory:' })
const letter = { from: 'shop@example.com', to: 'ada@example.com', subject: 'Hello', text: 'Hello' }
type Handle = Parameters<typeof mail.enqueueIn>[0]
/** What every generated client, extended too, says of the tx of its $transaction(). */
type PrismaTransaction = Omit<
  DynamicClientExtensionThis<TypeMapDef, TypeMapCbDef, DefaultArgs>,
  ITXClientDenyList
>

/** As far as Lucid's types say which is which; `everywhere/cells/adonisjs.ts` compiles with Lucid's own. */
interface LucidClient {
  readonly isTransaction: boolean
  knexQuery(): Knex.QueryBuilder
  getWriteClient(): Knex
}
interface LucidTransaction extends LucidClient {
  knexClient: Knex.Transaction
  isCompleted: boolean
}

type DrizzleTransaction<Database extends { transaction: (work: never, ...config: never) => unknown }> =
  Parameters<Extract<Parameters<Database['transaction']>[0], (...args: never) => unknown>>[0]

test('the transaction of every library needs no cast', () => {
  expectTypeOf<PoolClient>().toExtend<Handle>()
  expectTypeOf<PoolConnection>().toExtend<Handle>()
  expectTypeOf<DatabaseSync>().toExtend<Handle>()
  expectTypeOf<BetterSqlite.Database>().toExtend<Handle>()
  expectTypeOf<TransactionSql>().toExtend<Handle>()
  expectTypeOf<Transaction<{ app_order: { id: string } }>>().toExtend<Handle>()
  expectTypeOf<Knex.Transaction>().toExtend<Handle>()
  expectTypeOf<EntityManager>().toExtend<Handle>()
  expectTypeOf<QueryRunner>().toExtend<Handle>()
  expectTypeOf<SequelizeTransaction>().toExtend<Handle>()
  expectTypeOf<MikroManager>().toExtend<Handle>()
  expectTypeOf<PrismaTransaction>().toExtend<Handle>()
  expectTypeOf<Client>().toExtend<Handle>()
  expectTypeOf<CallbackConnection>().toExtend<Handle>()
  expectTypeOf<ControlledTransaction<{ app_order: { id: string } }>>().toExtend<Handle>()
  expectTypeOf<ObjectionTransaction>().toExtend<Handle>()
  expectTypeOf<LucidTransaction>().toExtend<Handle>()
  expectTypeOf<PGliteTransaction>().toExtend<Handle>()
  expectTypeOf<DrizzleTransaction<NodePgDatabase>>().toExtend<Handle>()
  expectTypeOf<DrizzleTransaction<PostgresJsDatabase>>().toExtend<Handle>()
  expectTypeOf<DrizzleTransaction<MySql2Database>>().toExtend<Handle>()
  expectTypeOf<DrizzleTransaction<PgliteDatabase>>().toExtend<Handle>()
  expectTypeOf<DrizzleTransaction<BetterSQLite3Database>>().toExtend<Handle>()
})

test('what makes transactions is none, and does not compile', () => {
  expectTypeOf<Pool>().not.toExtend<Handle>()
  expectTypeOf<PromisePool>().not.toExtend<Handle>()
  expectTypeOf<CallbackPool>().not.toExtend<Handle>()
  expectTypeOf<Sql>().not.toExtend<Handle>()
  expectTypeOf<Kysely<{ app_order: { id: string } }>>().not.toExtend<Handle>()
  expectTypeOf<Knex>().not.toExtend<Handle>()
  expectTypeOf<NodePgDatabase & { $client: Pool }>().not.toExtend<Handle>()
  expectTypeOf<PostgresJsDatabase & { $client: Sql }>().not.toExtend<Handle>()
  expectTypeOf<MySql2Database & { $client: PromisePool }>().not.toExtend<Handle>()
  expectTypeOf<PgliteDatabase & { $client: PGlite }>().not.toExtend<Handle>()
  expectTypeOf<BetterSQLite3Database & { $client: BetterSqlite.Database }>().not.toExtend<Handle>()
  expectTypeOf<DataSource>().not.toExtend<Handle>()
  expectTypeOf<Sequelize>().not.toExtend<Handle>()
  expectTypeOf<MikroORM>().not.toExtend<Handle>()
  expectTypeOf<DynamicClientExtensionThis<TypeMapDef, TypeMapCbDef, DefaultArgs>>().not.toExtend<Handle>()
  expectTypeOf<PGlite>().not.toExtend<Handle>()
  expectTypeOf<LucidClient>().not.toExtend<Handle>()
  expectTypeOf<typeof Model>().not.toExtend<Handle>()
})

test('what is no handle neither compiles nor is taken', async () => {
  const refused = { code: 'PH_TRANSACTION_HANDLE' }
  // @ts-expect-error a name
  await expect(mail.enqueueIn('tx', letter)).rejects.toMatchObject(refused)
  // @ts-expect-error a number
  await expect(mail.enqueueIn(1, letter)).rejects.toMatchObject(refused)
  // @ts-expect-error a variable that was not set
  await expect(mail.enqueueIn(undefined, letter)).rejects.toMatchObject(refused)
  // @ts-expect-error the same
  await expect(mail.enqueueManyIn(null, [{ mail: letter }])).rejects.toMatchObject(refused)
  // @ts-expect-error the same
  await expect(mail.within(undefined, () => {})).rejects.toMatchObject(refused)
  await mail.close()
})
