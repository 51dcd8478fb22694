import type { Database } from '../connections/database.ts'
import type { Engine } from './engine.ts'
import type { EnqueueStore } from './enqueue-store.ts'
import { type MysqlNaming, mysqlEngine } from './mysql/engine.ts'
import { mysqlEnqueueStore } from './mysql/enqueue-store.ts'
import { mariadb, mysql } from './mysql/variants.ts'
import { postgresEngine } from './postgres/engine.ts'
import { postgresEnqueueStore } from './postgres/enqueue-store.ts'
import { sqliteEngine } from './sqlite/engine.ts'
import { sqliteEnqueueStore } from './sqlite/enqueue-store.ts'

export interface Naming {
  /** PostgreSQL's schema. @default 'posthaste' */
  readonly schema?: string | undefined
  /** What the tables' names begin with elsewhere. @default 'posthaste_' */
  readonly prefix?: string | undefined
  /** MySQL: the database that holds the tables. @default whichever the connection uses */
  readonly database?: string | undefined
}

/** The engine of this database, with the names of these tables; one for each combination, for it keeps texts. */
export function engineFor(
  { kind, flavour }: Pick<Database, 'kind'> & Partial<Pick<Database, 'flavour'>>,
  { schema = 'posthaste', prefix = 'posthaste_', database }: Naming = {},
): Engine {
  const key = JSON.stringify([flavour ?? kind, schema, prefix, database])
  const made = engines.get(key) ?? makers[flavour ?? kind]({ schema, prefix, database })
  engines.set(key, made)
  return made
}

const engines = new Map<string, Engine>()

type Flavour = Database['flavour']
type Names = MysqlNaming & { readonly schema: string }

const makers: Readonly<Record<Flavour, (names: Names) => Engine>> = {
  postgres: ({ schema }) => postgresEngine(schema),
  mysql: (names) => mysqlEngine({ ...names, variant: mysql }),
  mariadb: (names) => mysqlEngine({ ...names, variant: mariadb }),
  sqlite: ({ prefix }) => sqliteEngine(prefix),
}

export function enqueueStoreFor(engine: Engine): EnqueueStore {
  return enqueueStores[engine.kind](engine)
}

const enqueueStores = {
  postgres: postgresEnqueueStore,
  mysql: mysqlEnqueueStore,
  sqlite: sqliteEnqueueStore,
}
