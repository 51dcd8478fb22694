import { always } from '../add/guard-row.ts'
import { stepwiseEnqueueStore } from '../add/stepwise-enqueue-store.ts'
import type { Engine } from '../engine.ts'
import type { EnqueueStore } from '../enqueue-store.ts'
import { answer, ask, type Steps } from '../statement.ts'

/** The file and the open transaction are checked beforehand: SQLite's connections know them. */
export function sqliteEnqueueStore(engine: Engine): EnqueueStore {
  return stepwiseEnqueueStore(engine, {
    serverIdentity: () => answer(''),
    condition: () => always,
  })
}

/** The file of a connection's main database; '' in memory. */
export function* mainFile(): Steps<string> {
  const { rows } = yield* ask("select file from pragma_database_list where name = 'main'")
  return String(rows[0]?.file ?? '')
}
