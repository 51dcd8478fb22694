import { addOneSql } from '../add/postgres-add-one-sql.ts'
import type { Engine } from '../engine.ts'

/** PostgreSQL: an enqueue of one mail, planned once a connection. The others keep its statements in the driver, or plan nothing. */
export function addMail3(engine: Engine): string[] {
  return engine.kind === 'postgres' ? [addOneSql(engine)] : []
}
