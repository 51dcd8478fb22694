import BetterSqlite from 'better-sqlite3'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import knex, { type Knex } from 'knex'
import { CompiledQuery, Kysely, MysqlDialect, PostgresDialect, SqliteDialect, type Transaction } from 'kysely'
import { createPool as callbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { Model } from 'objection'
import pg from 'pg'
import postgres from 'postgres'
import { DataSource, type EntityManager } from 'typeorm'
import type { DatabaseKind } from '../support/databases.ts'
import type { Library, LibraryOn } from './library.ts'
import { mikroOrm6On, mikroOrmOn } from './mikro-orm.ts'
import { prisma } from './prisma.ts'
import { sequelizeOn } from './sequelize.ts'

const file = (url: string) => url.slice('sqlite:'.length)

/** The libraries that know this database. */
export function librariesOn(kind: DatabaseKind): LibraryOn[] {
  return libraries.flatMap(({ name, databases }) => {
    const connect = databases[kind]
    return connect ? [{ name, connect }] : []
  })
}

const libraries: readonly { name: string; databases: Partial<Record<DatabaseKind, LibraryOn['connect']>> }[] =
  [
    {
      name: 'pg',
      databases: {
        async postgres(url) {
          const pool = new pg.Pool({ connectionString: url, max: 4 })
          return {
            outside: pool,
            async transaction(work) {
              const client = await pool.connect()
              try {
                await client.query('begin')
                const value = await work(client)
                await client.query('commit')
                return value
              } catch (error) {
                await client.query('rollback')
                throw error
              } finally {
                client.release()
              }
            },
            run: (tx, text) => (tx as pg.PoolClient).query(text),
            close: () => pool.end(),
          }
        },
      },
    },
    {
      name: 'mysql2',
      databases: {
        async mariadb(url) {
          const pool = createPool(url)
          return {
            outside: pool,
            async transaction(work) {
              const connection = await pool.getConnection()
              try {
                await connection.beginTransaction()
                const value = await work(connection)
                await connection.commit()
                return value
              } catch (error) {
                await connection.rollback()
                throw error
              } finally {
                connection.release()
              }
            },
            run: (tx, text) => (tx as { query(sql: string): Promise<unknown> }).query(text),
            close: () => pool.end(),
          }
        },
      },
    },
    {
      name: 'postgres.js',
      databases: {
        async postgres(url) {
          const sql = postgres(url, { max: 4, onnotice: () => {} })
          return {
            outside: sql,
            losesLate: true,
            transaction: async <T>(work: (tx: object) => Promise<T>) =>
              (await sql.begin((tx) => work(tx))) as T,
            run: (tx, text) => (tx as unknown as typeof sql).unsafe(text),
            close: () => sql.end(),
          }
        },
      },
    },
    {
      name: 'Kysely',
      databases: {
        postgres: async (url) =>
          kysely(new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 4 }) })),
        mariadb: async (url) => kysely(new MysqlDialect({ pool: callbackPool(url) as never })),
        sqlite: async (url) => kysely(new SqliteDialect({ database: new BetterSqlite(file(url)) })),
      },
    },
    {
      name: 'Knex',
      databases: {
        postgres: async (url) => knexLibrary({ client: 'pg', connection: url }),
        mariadb: async (url) => knexLibrary({ client: 'mysql2', connection: url }),
        sqlite: async (url) =>
          knexLibrary({
            client: 'better-sqlite3',
            connection: { filename: file(url) },
            useNullAsDefault: true,
          }),
      },
    },
    {
      name: 'Objection',
      databases: {
        postgres: async (url) => objection({ client: 'pg', connection: url }),
        sqlite: async (url) =>
          objection({
            client: 'better-sqlite3',
            connection: { filename: file(url) },
            useNullAsDefault: true,
          }),
      },
    },
    {
      name: 'Drizzle',
      databases: {
        async postgres(url) {
          const pool = new pg.Pool({ connectionString: url, max: 4 })
          return drizzleLibrary(drizzlePg(pool), () => pool.end())
        },
        async mariadb(url) {
          const pool = createPool(url)
          return drizzleLibrary(drizzleMysql(pool) as never, () => pool.end())
        },
      },
    },
    {
      name: 'Drizzle on postgres.js',
      databases: {
        async postgres(url) {
          const sql = postgres(url, { max: 4, onnotice: () => {} })
          return { ...drizzleLibrary(drizzlePostgres(sql) as never, () => sql.end()), losesLate: true }
        },
      },
    },
    {
      name: 'TypeORM',
      databases: {
        postgres: (url) => typeorm({ type: 'postgres', url }),
        mariadb: (url) => typeorm({ type: 'mariadb', url }),
        sqlite: (url) => typeorm({ type: 'better-sqlite3', database: file(url) }),
      },
    },
    { name: 'Sequelize', databases: sequelizeOn },
    { name: 'MikroORM', databases: mikroOrmOn },
    { name: 'MikroORM 6', databases: mikroOrm6On },
    {
      name: 'Prisma',
      databases: {
        postgres: (url) => prisma('postgres', url),
        mariadb: (url) => prisma('mariadb', url),
        sqlite: (url) => prisma('sqlite', url),
      },
    },
  ]

function kysely(dialect: ConstructorParameters<typeof Kysely>[0]['dialect']): Library {
  const db = new Kysely<unknown>({ dialect })
  return {
    outside: db,
    transaction: (work) => db.transaction().execute((trx) => work(trx)),
    run: (tx, text) => (tx as Transaction<unknown>).executeQuery(CompiledQuery.raw(text)),
    close: () => db.destroy(),
  }
}

function knexLibrary(config: Knex.Config, db = knex(config)): Library {
  return {
    outside: db,
    transaction: (work) => db.transaction((trx) => work(trx)),
    run: async (tx, text) => (tx as Knex.Transaction).raw(text),
    close: () => db.destroy(),
  }
}

function objection(config: Knex.Config): Library {
  const db = knex(config)
  class AppModel extends Model {}
  AppModel.knex(db)
  return { ...knexLibrary(config, db), transaction: (work) => AppModel.transaction((trx) => work(trx)) }
}

interface Drizzle {
  transaction<T>(work: (tx: object) => Promise<T>): Promise<T>
}

function drizzleLibrary(db: Drizzle, close: () => Promise<void>): Library {
  return {
    outside: db,
    transaction: (work) => db.transaction(work),
    run: (tx, text) => (tx as { execute(query: unknown): Promise<unknown> }).execute(drizzleSql.raw(text)),
    close,
  }
}

async function typeorm(options: object): Promise<Library> {
  const source = await new DataSource(options as never).initialize()
  return {
    outside: source.manager,
    transaction: (work) => source.transaction((manager) => work(manager)),
    run: (tx, text) => (tx as EntityManager).query(text),
    close: () => source.destroy(),
  }
}
