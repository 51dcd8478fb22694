import type { Compilable } from 'kysely'
import type { Database, Executor, Result, Value } from '../connections/database.ts'
import type { Engine } from './engine.ts'

/** What every verb of the store works on. */
export interface StoreBase {
  readonly database: Database
  readonly engine: Engine
}

/** Runs what Kysely has built. */
export function run(executor: Executor, query: Compilable): Promise<Result> {
  const { sql, parameters } = query.compile()
  return executor.query(sql, parameters as readonly Value[])
}
