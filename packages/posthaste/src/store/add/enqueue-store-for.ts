import type { Engine } from '../engine.ts'
import type { EnqueueStore } from '../enqueue-store.ts'
import { mysqlEnqueueStore } from '../mysql/enqueue-store.ts'
import { postgresEnqueueStore } from '../postgres/enqueue-store.ts'
import { sqliteEnqueueStore } from '../sqlite/enqueue-store.ts'

export function enqueueStoreFor(engine: Engine): EnqueueStore {
  return makers[engine.kind](engine)
}

const makers = {
  postgres: postgresEnqueueStore,
  mysql: mysqlEnqueueStore,
  sqlite: sqliteEnqueueStore,
}
