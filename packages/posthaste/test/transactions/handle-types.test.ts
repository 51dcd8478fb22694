import type { DatabaseSync } from 'node:sqlite'
import type { EntityManager as MikroManager } from '@mikro-orm/postgresql'
import type {
  DefaultArgs,
  DynamicClientExtensionThis,
  ITXClientDenyList,
  TypeMapCbDef,
  TypeMapDef,
} from '@prisma/client/runtime/client'
import type BetterSqlite from 'better-sqlite3'
import type { Knex } from 'knex'
import type { Transaction } from 'kysely'
import type { PoolConnection } from 'mysql2/promise'
import type { PoolClient } from 'pg'
import type { TransactionSql } from 'postgres'
import type { Transaction as SequelizeTransaction } from 'sequelize'
import type { EntityManager, QueryRunner } from 'typeorm'
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
