import type { Database } from '../connections/database.ts'
import type { Engine } from './engine.ts'
import { type MysqlNaming, mysqlEngine } from './mysql/engine.ts'
import { postgresEngine } from './postgres/engine.ts'
import { sqliteEngine } from './sqlite/engine.ts'

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
  const key = JSON.stringify([flavour ?? kind, kind === 'postgres' ? schema : prefix, database])
  const made = engines.get(key) ?? make(kind, { schema, prefix, database, isMariadb: flavour === 'mariadb' })
  engines.set(key, made)
  return made
}

const engines = new Map<string, Engine>()

function make(kind: Database['kind'], naming: MysqlNaming & { schema: string }): Engine {
  if (kind === 'postgres') return postgresEngine(naming.schema)
  return kind === 'mysql' ? mysqlEngine(naming) : sqliteEngine(naming.prefix)
}
