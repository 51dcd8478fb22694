import BetterSqlite from 'better-sqlite3'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import knex, { type Knex } from 'knex'
import {
  CompiledQuery,
  type ControlledTransaction,
  Kysely,
  MysqlDialect,
  PostgresDialect,
  SqliteDialect,
  type Transaction,
} from 'kysely'
import { createPool as callbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { Model } from 'objection'
import pg from 'pg'
import postgres from 'postgres'
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm'
import { type DatabaseKind, engineOf } from '../support/databases.ts'
import { drivers } from './drivers.ts'
import { drizzleLibrary } from './drizzle.ts'
import { ended, type Library, type LibraryByDatabase, type LibraryOn } from './library.ts'
import { lucidShape } from './lucid.ts'
import { mikroOrm6On, mikroOrmOn } from './mikro-orm.ts'
import { prisma } from './prisma.ts'
import { sequelizeOn } from './sequelize.ts'

const file = (url: string) => url.slice('sqlite:'.length)

/** The libraries that know this database. */
export function librariesOn(kind: DatabaseKind): LibraryOn[] {
  return libraries.flatMap(({ name, databases }) => {
    const connect = databases[engineOf(kind)]
    return connect ? [{ name, connect }] : []
  })
}

const libraries: readonly LibraryByDatabase[] = [
  ...drivers,
  {
    name: 'Kysely',
    databases: {
      postgres: async (url) =>
        kysely(new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 4 }) })),
      mysql: async (url) => kysely(new MysqlDialect({ pool: callbackPool(url) as never })),
      sqlite: async (url) => kysely(new SqliteDialect({ database: new BetterSqlite(file(url)) })),
    },
  },
  {
    name: 'Kysely, controlled',
    databases: {
      postgres: async (url) =>
        kyselyControlled(new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 4 }) })),
      mysql: async (url) => kyselyControlled(new MysqlDialect({ pool: callbackPool(url) as never })),
      sqlite: async (url) => kyselyControlled(new SqliteDialect({ database: new BetterSqlite(file(url)) })),
    },
  },
  { name: 'Knex', databases: onKnex(knexLibrary) },
  { name: 'Objection', databases: onKnex(objection) },
  { name: 'the shape of Lucid', databases: onKnex((config) => lucidShape(knexLibrary(config))) },
  {
    name: 'Drizzle',
    databases: {
      async postgres(url) {
        const pool = new pg.Pool({ connectionString: url, max: 4 })
        return drizzleLibrary(drizzlePg(pool), () => pool.end())
      },
      async mysql(url) {
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
      mysql: (url) => typeorm({ type: 'mysql', url }),
      sqlite: (url) => typeorm({ type: 'better-sqlite3', database: file(url) }),
    },
  },
  {
    name: 'TypeORM, by QueryRunner',
    databases: {
      postgres: (url) => queryRunner({ type: 'postgres', url }),
      mysql: (url) => queryRunner({ type: 'mysql', url }),
      sqlite: (url) => queryRunner({ type: 'better-sqlite3', database: file(url) }),
    },
  },
  { name: 'Sequelize', databases: sequelizeOn },
  { name: 'MikroORM', databases: mikroOrmOn },
  { name: 'MikroORM 6', databases: mikroOrm6On },
  {
    name: 'Prisma',
    databases: {
      postgres: (url) => prisma('postgres', url),
      mysql: (url) => prisma('mysql', url),
      sqlite: (url) => prisma('sqlite', url),
    },
  },
]

type KyselyDialect = ConstructorParameters<typeof Kysely>[0]['dialect']

function kysely(dialect: KyselyDialect, db = new Kysely<unknown>({ dialect })): Library {
  return {
    outside: db,
    transaction: (work) => db.transaction().execute((trx) => work(trx)),
    run: (tx, text) => (tx as Transaction<unknown>).executeQuery(CompiledQuery.raw(text)),
    close: () => db.destroy(),
  }
}

function kyselyControlled(dialect: KyselyDialect): Library {
  const db = new Kysely<unknown>({ dialect })
  return {
    ...kysely(dialect, db),
    async transaction(work) {
      const trx = await db.startTransaction().execute()
      return ended(trx, work, { keep: () => trx.commit().execute(), undo: () => trx.rollback().execute() })
    },
    async nested(tx, work) {
      const trx = await (tx as ControlledTransaction<unknown>).savepoint('nested').execute()
      const keep = () => trx.releaseSavepoint('nested').execute()
      return ended(trx, work, { keep, undo: () => trx.rollbackToSavepoint('nested').execute() })
    },
  }
}

/** A database file, or a server, for Knex and what stands on it. */
function onKnex(library: (config: Knex.Config) => Library): LibraryByDatabase['databases'] {
  return {
    postgres: async (url) => library({ client: 'pg', connection: url }),
    mysql: async (url) => library({ client: 'mysql2', connection: url }),
    sqlite: async (url) =>
      library({ client: 'better-sqlite3', connection: { filename: file(url) }, useNullAsDefault: true }),
  }
}

function knexLibrary(config: Knex.Config, db = knex(config)): Library {
  return {
    outside: db,
    transaction: (work) => db.transaction((trx) => work(trx)),
    nested: (tx, work) => (tx as Knex.Transaction).transaction((trx) => work(trx)),
    run: async (tx, text) => (tx as Knex.Transaction).raw(text),
    close: () => db.destroy(),
  }
}

function objection(config: Knex.Config): Library {
  const db = knex(config)
  class AppModel extends Model {}
  AppModel.knex(db)
  return {
    ...knexLibrary(config, db),
    transaction: (work) => AppModel.transaction((trx) => work(trx)),
    nested: (tx, work) => AppModel.transaction(tx as Knex.Transaction, (trx) => work(trx)),
  }
}

async function typeorm(options: object): Promise<Library> {
  const source = await new DataSource(options as never).initialize()
  return {
    outside: source.manager,
    transaction: (work) => source.transaction((manager) => work(manager)),
    nested: (tx, work) => (tx as EntityManager).transaction((manager) => work(manager)),
    run: (tx, text) => (tx as EntityManager).query(text),
    close: () => source.destroy(),
  }
}

async function queryRunner(options: object): Promise<Library> {
  const source = await new DataSource(options as never).initialize()
  const inside = async <T>(runner: QueryRunner, work: (tx: object) => Promise<T>) => {
    await runner.startTransaction()
    const [keep, undo] = [() => runner.commitTransaction(), () => runner.rollbackTransaction()]
    return ended(runner, work, { keep, undo })
  }
  return {
    outside: source.createQueryRunner(),
    async transaction(work) {
      const runner = source.createQueryRunner()
      return inside(runner, work).finally(() => runner.release())
    },
    nested: (tx, work) => inside(tx as QueryRunner, work),
    run: (tx, text) => (tx as QueryRunner).query(text),
    close: () => source.destroy(),
  }
}
