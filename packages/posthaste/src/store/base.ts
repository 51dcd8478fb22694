import type { Database } from '../connections/database.ts'
import type { Engine } from './engine.ts'

/** What every verb of the store works on. */
export interface StoreBase {
  readonly database: Database
  readonly engine: Engine
}
