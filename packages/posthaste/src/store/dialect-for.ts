import type { Database } from '../connections/database.ts'
import type { Dialect } from './dialect.ts'
import { type MysqlNaming, mysqlDialect } from './mysql.ts'
import { postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'

export interface Naming {
  /** PostgreSQL's schema. @default 'posthaste' */
  readonly schema?: string | undefined
  /** What the tables' names begin with elsewhere. @default 'posthaste_' */
  readonly prefix?: string | undefined
  /** MySQL: the database that holds the tables. @default whichever the connection uses */
  readonly database?: string | undefined
}

/** The dialect of this database, with the names of these tables; one for each combination, for it keeps texts. */
export function dialectFor(
  { kind, flavour }: Pick<Database, 'kind'> & Partial<Pick<Database, 'flavour'>>,
  { schema = 'posthaste', prefix = 'posthaste_', database }: Naming = {},
): Dialect {
  const key = JSON.stringify([flavour ?? kind, kind === 'postgres' ? schema : prefix, database])
  const made = dialects.get(key) ?? make(kind, { schema, prefix, database, isMariadb: flavour === 'mariadb' })
  dialects.set(key, made)
  return made
}

const dialects = new Map<string, Dialect>()

function make(kind: Database['kind'], naming: MysqlNaming & { schema: string }): Dialect {
  if (kind === 'postgres') return postgresDialect(naming.schema)
  return kind === 'mysql' ? mysqlDialect(naming) : sqliteDialect(naming.prefix)
}
