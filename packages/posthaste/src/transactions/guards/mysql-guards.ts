import { mysqlIdentity } from '../../store/mysql/enqueue-store.ts'
import { runSteps } from '../../store/statement.ts'
import type { AsyncHandle } from '../transaction-handle.ts'
import { userErrors } from '../user-error.ts'
import { guardBySavepoint } from './savepoint.ts'
import { acquireStepwise } from './stepwise-guard.ts'
import {
  type GuardedDatabase,
  type GuardedQueue,
  type Guards,
  knownIdentity,
  naming,
  ownIdentity,
  storeAndRelease,
} from './transaction-guard.ts'

/** The mails are sent first where the queue is connected; before, a savepoint stands for the transaction, for our tables are not known. */
export function mysqlGuards(queue: GuardedQueue, handle: AsyncHandle): Guards {
  const acquire: Guards['acquire'] = (mails, outer) => {
    const write = (connected: GuardedDatabase, identity: string) =>
      acquireStepwise({
        handle,
        enqueueStore: connected.enqueueStore,
        site: { identity },
        connected,
        mails,
        outer,
      })
    return naming(handle, whenConnected(queue, handle, write))
  }
  return {
    learnsTime: queue.connection.peek === undefined,
    acquire,
    storeAtOnce: (entries, outer) => {
      const mails = entries.map(({ mail }) => mail)
      return storeAndRelease(acquire(mails, outer), entries)
    },
  }
}

async function whenConnected<T>(
  { connection }: GuardedQueue,
  handle: AsyncHandle,
  write: (connected: GuardedDatabase, identity: string) => Promise<T>,
): Promise<T> {
  const known = connection.peek
  const identity = known && knownIdentity(known)
  if (known && identity !== undefined) return write(known, identity)
  // Prisma sends a statement of ours as a prepared one, which MySQL refuses of a savepoint.
  const whenSame = handle.rejectsAfterEnd ? atOnce<T> : guardBySavepoint(handle)
  const seen = await userErrors(runSteps(mysqlIdentity(), handle.executor))
  const connected = await userErrors(connection.readyOn(handle.executor, seen))
  const own = await ownIdentity(connected, knownIdentity(connected) ?? '')
  return whenSame(() => write(connected, own))
}

function atOnce<T>(work: () => Promise<T>): Promise<T> {
  return work()
}
