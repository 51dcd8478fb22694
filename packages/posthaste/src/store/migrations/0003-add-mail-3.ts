import { addOneSql } from '../add/postgres-add-one-sql.ts'
import type { Dialect } from '../dialect.ts'

/** PostgreSQL: an enqueue of one mail, planned once a connection. The others keep its statements in the driver, or plan nothing. */
export function addMail3(dialect: Dialect): string[] {
  return dialect.kind === 'postgres' ? [addOneSql(dialect)] : []
}
