import type { Pool, PoolConnection } from 'mysql2/promise'

type Connections = Pick<Pool, 'getConnection'>

/** Where transactions are made: each on a session of its own. */
export interface Sessions {
  /** A session on which a transaction is open. */
  begin(): Promise<PoolConnection>
  /** Commits, and gives the session back. One whose commit failed is to be rolled back. */
  commit(session: PoolConnection): Promise<void>
  /** Never rejects. A session that cannot be set right is closed. */
  rollback(session: PoolConnection): Promise<void>
  /** One is at hand though the pool has none. */
  readonly hasFree: boolean
  end(): void
}

/** What a session is told, in one statement each. */
interface Frame {
  readonly begin: string
  readonly commit: string
  readonly restore: string
}

/**
 * At the server's default, REPEATABLE READ, a claim's locks would make the app's inserts wait. The app's own sessions stay as they are: without
 * `session` the isolation is that of the next transaction alone, and turning autocommit on again commits.
 */
export function appSessions(pool: Connections, version: string): Sessions {
  const isolation = namesIsolationAsBefore(version) ? 'tx_isolation' : 'transaction_isolation'
  const frame: Frame = {
    begin: `set @posthaste_autocommit = @@autocommit, @@${isolation} = 'READ-COMMITTED', @@autocommit = 0`,
    commit: 'set @@autocommit = 1, @@autocommit = @posthaste_autocommit',
    restore: 'set @@autocommit = @posthaste_autocommit',
  }
  return {
    begin: () => begun(pool, frame),
    commit: async (session) => {
      await session.query(frame.commit)
      session.release()
    },
    rollback: (session) => rolledBack(session, frame),
    hasFree: false,
    end: () => {},
  }
}

/** MariaDB has MySQL's new name since 11.1. */
function namesIsolationAsBefore(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return /mariadb/i.test(version) && (major < 11 || (major === 11 && minor < 1))
}

/** MySQL knows only a session's silence: it is told how much of it a transaction may have. */
const ownFrames: Readonly<Record<'mariadb' | 'mysql', Frame>> = {
  mariadb: { begin: 'set @@autocommit = 0', commit: 'commit', restore: 'set @@autocommit = 1' },
  mysql: {
    begin: 'set @@autocommit = 0, @@wait_timeout = 10',
    commit: 'commit',
    restore: 'set @@autocommit = 1, @@wait_timeout = 60',
  },
}

/** As many as one turn uses. */
const most = 2
/** How long they wait for the next transaction. Milliseconds. */
const patience = 1_000

/**
 * Of our own pool. A session stays ready for a moment after its transaction, so that the next one of a busy worker needs no
 * statement to begin.
 */
export function ownSessions(pool: Connections, flavour: 'mariadb' | 'mysql'): Sessions {
  const frame = ownFrames[flavour]
  const ready = new Map<PoolConnection, () => void>()
  const timer = setTimeout(giveBack, patience).unref()
  function giveBack(): void {
    for (const session of ready.keys()) {
      take(session)
      void restored(session, frame)
    }
  }
  function take(session: PoolConnection): PoolConnection {
    const gone = ready.get(session)
    ready.delete(session)
    if (gone) session.off('end', gone).off('error', gone)
    return session
  }
  function keep(session: PoolConnection): void {
    const gone = () => take(session)
    ready.set(session.once('end', gone).once('error', gone), gone)
    timer.refresh()
  }
  return {
    begin: async () => {
      const [session] = ready.keys()
      return session ? take(session) : begun(pool, frame)
    },
    commit: async (session) => {
      await session.query(frame.commit)
      if (ready.size < most) keep(session)
      else await restored(session, frame)
    },
    rollback: (session) => rolledBack(session, frame),
    get hasFree() {
      return ready.size > 0
    },
    end: () => {
      clearTimeout(timer)
      for (const session of ready.keys()) take(session).release()
    },
  }
}

async function begun(pool: Connections, { begin }: Frame): Promise<PoolConnection> {
  const session = await pool.getConnection()
  try {
    await session.query(begin)
    return session
  } catch (error) {
    session.destroy()
    throw error
  }
}

async function rolledBack(session: PoolConnection, frame: Frame): Promise<void> {
  try {
    await session.query('rollback')
  } catch {
    session.destroy()
    return
  }
  await restored(session, frame)
}

async function restored(session: PoolConnection, { restore }: Frame): Promise<void> {
  try {
    await session.query(restore)
    session.release()
  } catch {
    session.destroy()
  }
}
