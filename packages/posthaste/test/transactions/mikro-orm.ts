import { MikroORM as OnMariadb } from '@mikro-orm/mariadb'
import { MikroORM as OnPostgres } from '@mikro-orm/postgresql'
import { MikroORM as OnSqlite } from '@mikro-orm/sqlite'
import * as six from 'mikro-orm-6'
import type { EngineName } from '../support/databases.ts'
import type { Library, LibraryOn } from './library.ts'

export const mikroOrmOn = databasesOf({ postgres: OnPostgres, mysql: OnMariadb, sqlite: OnSqlite })
export const mikroOrm6On = databasesOf({
  postgres: six.OnPostgres,
  mysql: six.OnMariadb,
  sqlite: six.OnSqlite,
})

/** What versions 6 and 7 have in common. */
interface Orm {
  readonly em: { fork(): EntityManager }
  close(): Promise<void>
}

interface EntityManager {
  transactional<T>(work: (em: EntityManager) => Promise<T>): Promise<T>
  execute(sql: string): Promise<unknown>
}

function databasesOf(
  orms: Record<EngineName, { init(options: never): Promise<unknown> }>,
): Record<EngineName, LibraryOn['connect']> {
  return {
    postgres: async (url) => library(await orms.postgres.init(options({ clientUrl: url }))),
    mysql: async (url) => library(await orms.mysql.init(options({ clientUrl: url }))),
    sqlite: async (url) => library(await orms.sqlite.init(options({ dbName: url.slice('sqlite:'.length) }))),
  }
}

function options(database: object): never {
  return { ...database, entities: [], discovery: { warnWhenNoEntities: false } } as never
}

function library(orm: unknown): Library {
  const { em } = orm as Orm
  return {
    outside: em.fork(),
    transaction: (work) => em.fork().transactional((inner) => work(inner)),
    nested: (tx, work) => (tx as EntityManager).transactional((inner) => work(inner)),
    run: (tx, sql) => (tx as EntityManager).execute(sql),
    close: () => (orm as Orm).close(),
  }
}
