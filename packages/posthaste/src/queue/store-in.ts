import type { Database, Executor } from '../connections/database.ts'
import { createStore } from '../store/create-store.ts'
import type { Store } from '../store/store.ts'
import { recognise } from '../transactions/recognise.ts'
import { serializeCalls } from '../transactions/serialize.ts'
import type { Connected } from './connection.ts'

/** The store as the app's open transaction sees it. */
export function storeIn({ database, engine }: Connected, tx: object): Store {
  const handle = recognise(tx)
  const within: Executor = {
    query: (sql, params = []) =>
      serializeCalls(handle.key, async () =>
        handle.run ? handle.run(sql, params) : handle.executor.query(sql, params),
      ),
  }
  const seen: Database = { ...database, query: within.query, transaction: (work) => work(within) }
  return createStore(seen, engine)
}
