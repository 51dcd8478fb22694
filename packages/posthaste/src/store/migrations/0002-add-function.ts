import { addFunctionSql } from '../add/postgres-add-function.ts'
import type { Dialect } from '../dialect.ts'

/** PostgreSQL: the statement of an enqueue, planned once a connection. The others keep it in the driver, or plan nothing. */
export function addFunction(dialect: Dialect): string[] {
  return dialect.kind === 'postgres' ? [addFunctionSql(dialect)] : []
}
