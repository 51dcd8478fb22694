import type { Database } from '../../connections/database.ts'
import { isPosthasteError } from '../../errors.ts'
import { span } from '../../moments.ts'
import type { Engine } from '../../store/engine.ts'
import { readVersion } from '../../store/migrate.ts'
import { schemaVersion } from '../../store/migrations.ts'
import { channelOf } from '../../store/postgres/notify.ts'
import { serverVersion, whyUnwritable } from '../../store/server.ts'
import { run } from '../../store/sql.ts'
import type { QueueParts } from '../queue-parts.ts'
import { checkRights } from './check-rights.ts'
import { type Finding, messageOf, note, ok, problem } from './finding.ts'

const tolerated = 5_000

/** Reachable, migrated, and of the same time. Without the tables nothing else can be looked at. */
export async function checkDatabase({ connection }: QueueParts): Promise<Finding[]> {
  try {
    const { database, engine } = await connection.open()
    const version = await serverVersion(database, engine)
    return [
      ok(
        'database',
        `reachable: ${engine.server.name} ${version}${database.file ? `, ${database.file}` : ''}`,
      ),
      ...(await checkNotifications(database, engine)),
      ...(await checkJournal(database, engine)),
      await checkClock(database),
      ...(await checkInside(database, engine)),
    ]
  } catch (error) {
    return [
      problem(
        'database',
        messageOf(error),
        isPosthasteError(error, 'PH_DATABASE_UNREACHABLE')
          ? 'Start the server, or correct host, port, user and password in the URL.'
          : 'Correct `database` in the configuration, or POSTHASTE_DATABASE_URL.',
      ),
    ]
  }
}

/** Nothing to say where all is as it should be. */
async function checkNotifications(database: Database, engine: Engine): Promise<Finding[]> {
  const listening = await database.listen?.(channelOf(engine), () => {})
  await listening?.end()
  if (listening?.isHeard !== false) return []
  const text = 'a pooler stands between that lets none through: a worker looks for mail every 2 seconds'
  const remedy =
    'Give the worker the direct URL of the server, or one of the pooler in session mode; what only enqueues stays as it is.'
  return [note('notifications', text, remedy)]
}

/** Nothing to say of WAL, and of a database in memory. */
async function checkJournal(database: Database, engine: Engine): Promise<Finding[]> {
  if (engine.journalModeSql === undefined || database.file === undefined) return []
  const { rows } = await run(database, engine.journalModeSql)
  const mode = String(rows[0]?.journal_mode)
  if (mode === 'wal') return []
  const text = `the file is in the journal mode '${mode}', and stays in it: readers and writers wait for each other`
  const remedy =
    'Run `pragma journal_mode = wal` on it once, while no transaction is open; or keep the mode, and give every connection of the app a busy time-out.'
  return [note('journal', text, remedy)]
}

/** Of tables that may not be read, at least that is said. */
async function checkInside(database: Database, engine: Engine): Promise<Finding[]> {
  try {
    const tables = await checkTables(database, engine)
    const rights = tables.level === 'ok' ? await checkRights(database, engine) : []
    return [tables, ...rights, ...(await checkWrites(database, engine))]
  } catch (error) {
    if (!isPosthasteError(error, 'PH_DATABASE_RIGHTS')) throw error
    return checkRights(database, engine)
  }
}

async function checkClock(database: Database): Promise<Finding> {
  const before = Date.now()
  const there = await database.now()
  const off = there - (before + Date.now()) / 2
  const text = `this machine's clock and the database's differ by ${span(Math.abs(off))}`
  // Workers follow the database's time, so nothing is late; but `sendAt` made of this machine's time is off by as much.
  return Math.abs(off) <= tolerated
    ? ok('clock', text)
    : problem(
        'clock',
        text,
        'Synchronise the clocks (NTP): mail with a `sendAt` of this machine goes early or late.',
      )
}

/** Nothing to say where it cannot be known without waiting for others, or there are no tables yet. */
async function checkWrites(database: Database, engine: Engine): Promise<Finding[]> {
  if ((await readVersion(database, engine)) === 0) return []
  const why = await whyUnwritable(database, engine)
  if (why === undefined) return []
  const remedy =
    'Use the primary, not a copy of it; end its read-only mode; make room; or give this user its rights.'
  return [problem('writes', `the database takes none: ${why}`, remedy)]
}

async function checkTables(database: Database, engine: Engine): Promise<Finding> {
  const version = await readVersion(database, engine)
  if (version === schemaVersion) return ok('tables', `version ${version}, as this package has them`)
  if (version > schemaVersion)
    return note('tables', `version ${version}, made by a newer package`, 'Upgrade posthaste here.')
  if (version === 0 && engine.migratesOnOpen)
    return note('tables', 'none yet', 'They are made at the first use.')
  return problem(
    'tables',
    version === 0 ? 'there are none' : `version ${version} of ${schemaVersion}`,
    'Run `posthaste migrate`.',
  )
}
