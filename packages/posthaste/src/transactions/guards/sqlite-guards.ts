import { rememberCallbacks } from '../../connections/sqlite-library.ts'
import { PosthasteError } from '../../errors.ts'
import { enqueueStoreFor } from '../../store/engine-for.ts'
import { ensureTables } from '../../store/sqlite/ensure-tables.ts'
import { runSteps, type Steps } from '../../store/statement.ts'
import { ownEngine, refuseOtherPath } from '../same-database.ts'
import type { AsyncHandle } from '../transaction-handle.ts'
import { userErrors } from '../user-error.ts'
import { guardBySavepoint } from './savepoint.ts'
import { acquireStepwise } from './stepwise-guard.ts'
import { type GuardedQueue, type Guards, naming, storeAndRelease } from './transaction-guard.ts'

/** SQLite by a library that answers later: the file is asked for first. */
export function sqliteGuards(queue: GuardedQueue, handle: AsyncHandle): Guards {
  const acquire: Guards['acquire'] = (mails, outer) => naming(handle, acquireOn(queue, handle, mails, outer))
  return {
    learnsTime: false,
    acquire,
    storeAtOnce: (entries, outer) => {
      const mails = entries.map(({ mail }) => mail)
      return storeAndRelease(acquire(mails, outer), entries)
    },
  }
}

/** The tables are made where they are missing, for the app holds the write lock. */
async function acquireOn(
  queue: GuardedQueue,
  handle: AsyncHandle,
  ...[mails, outer]: Parameters<Guards['acquire']>
) {
  const whenSame = handle.isReused ? guardBySavepoint(handle) : undefined
  const engine = ownEngine(queue.settings)
  const preparing = function* (): Steps<void> {
    refuseLibrary(queue, handle, yield* refuseOtherPath(queue.settings.database, handle))
    yield* ensureTables(engine)
  }
  await userErrors(runSteps(preparing(), handle.executor))
  const enqueueStore = enqueueStoreFor(engine)
  const { peek: connected } = queue.connection
  const write = () => acquireStepwise({ handle, enqueueStore, site: {}, connected, mails, outer })
  return whenSame ? whenSame(write) : write()
}

/** Beside a connection of the queue's own, a library that the queue cannot use is refused before anything is lost. */
function refuseLibrary({ connection }: GuardedQueue, { library }: AsyncHandle, file: string): void {
  if (library && rememberCallbacks(library, file) && connection.peek)
    throw new PosthasteError('PH_SQLITE_LIBRARY', file)
}
