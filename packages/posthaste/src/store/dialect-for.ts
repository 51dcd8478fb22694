import type { Database } from '../connections/database.ts'
import type { Dialect } from './dialect.ts'
import { mysqlDialect } from './mysql.ts'
import { postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'

export interface Naming {
  /** PostgreSQL's schema. @default 'posthaste' */
  readonly schema?: string | undefined
  /** What the tables' names begin with elsewhere. @default 'posthaste_' */
  readonly prefix?: string | undefined
}

/** The dialect of this database, with the names of these tables; one for each combination, for it keeps texts. */
export function dialectFor(
  { kind }: Pick<Database, 'kind'>,
  { schema = 'posthaste', prefix = 'posthaste_' }: Naming = {},
): Dialect {
  const key = `${kind} ${kind === 'postgres' ? schema : prefix}`
  const made = dialects.get(key) ?? make(kind, kind === 'postgres' ? schema : prefix)
  dialects.set(key, made)
  return made
}

const dialects = new Map<string, Dialect>()

function make(kind: Database['kind'], name: string): Dialect {
  if (kind === 'postgres') return postgresDialect(name)
  return kind === 'mysql' ? mysqlDialect(name) : sqliteDialect(name)
}
