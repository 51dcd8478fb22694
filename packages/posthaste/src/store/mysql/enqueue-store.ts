import { stepwiseEnqueueStore } from '../add/stepwise-enqueue-store.ts'
import type { Engine } from '../engine.ts'
import type { EnqueueStore } from '../enqueue-store.ts'
import { serverIdentity } from '../server.ts'
import { raw, sql } from '../sql.ts'
import { ask, type Steps } from '../statement.ts'

export function mysqlEnqueueStore(engine: Engine): EnqueueStore {
  // Differs because MySQL itself cannot tell whether a transaction is open: there the driver's answer does.
  const inTransaction = engine.tellsTransaction ? ' and (@@in_transaction = 1 or @@autocommit = 0)' : ''
  return stepwiseEnqueueStore(engine, {
    serverIdentity: mysqlIdentity,
    condition: ({ identity = '' }) => sql`${raw(serverIdentity.mysql)} = ${identity}${raw(inTransaction)}`,
  })
}

export function* mysqlIdentity(): Steps<string> {
  const { rows } = yield* ask(`select ${serverIdentity.mysql} as identity`)
  return String(rows[0]?.identity)
}
