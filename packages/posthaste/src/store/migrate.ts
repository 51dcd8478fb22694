import type { Database, Executor } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { isAlreadyThere, isMissingTable, isRetryable } from './database-errors.ts'
import type { Engine } from './engine.ts'
import { type Migration, migrations as ours, schemaVersion, versionOf } from './migrations.ts'
import { run, type Sql, sql } from './sql.ts'
import { onceTableIsFree, withTableWait } from './table-wait.ts'

/**
 * Brings the tables to this version, and tells which migrations were applied; several processes may call it at once.
 *
 * @throws {PH_MIGRATION} a statement failed
 * @throws {PH_DATABASE_BUSY} transactions kept a table in use
 * @throws {PH_SCHEMA_UNKNOWN} the tables are not of these migrations
 */
export async function migrate(
  database: Database,
  engine: Engine,
  now: number,
  migrations: readonly Migration[] = ours,
): Promise<string[]> {
  return database.transaction(async (tx) => {
    await lock(tx, engine)
    try {
      return await withTableWait(tx, engine, () => applyMissing(tx, { engine, now, migrations }))
    } finally {
      for (const statement of engine.migrationLock?.unlock ?? []) await tx.query(statement)
    }
  })
}

async function lock(tx: Executor, { migrationLock }: Engine): Promise<void> {
  if (!migrationLock) return
  const { rows } = await tx.query(migrationLock.lock)
  if (rows[0]?.locked === 0 || rows[0]?.locked === null)
    throw new PosthasteError('PH_MIGRATION', 'another process has been migrating for a minute')
}

interface Applying {
  readonly engine: Engine
  readonly now: number
  readonly migrations: readonly Migration[]
}

async function applyMissing(tx: Executor, { engine, now, migrations }: Applying): Promise<string[]> {
  for (const statement of engine.bookkeeping()) await tx.query(statement)
  const { rows } = await run(tx, appliedSql(engine))
  versionOf(rows)
  const done = new Set(rows.map((row) => Number(row.version)))
  const missing = migrations.filter(({ version }) => !done.has(version))
  for (const migration of missing) {
    await apply(tx, migration, engine)
    const { version, name, fingerprint } = migration
    await run(
      tx,
      sql`insert into ${engine.tables.migration} (version, name, fingerprint, applied_at)
        values (${version}, ${name}, ${fingerprint}, ${now})`,
    )
  }
  return missing.map(title)
}

async function apply(tx: Executor, migration: Migration, engine: Engine): Promise<void> {
  for (const statement of migration.statements(engine))
    try {
      await onceTableIsFree(engine, () => tx.query(statement))
    } catch (cause) {
      // MySQL commits each of these statements by itself, so a migration that was cut off finds its first tables there.
      if (isAlreadyThere(cause)) continue
      const code = isRetryable(cause) ? 'PH_DATABASE_BUSY' : 'PH_MIGRATION'
      throw new PosthasteError(code, `${title(migration)}: ${statement.slice(0, 120)}`, { cause })
    }
}

/**
 * The SQL of the migrations from this one on, for a migration tool of the user's own: the same text each time, which
 * may be run again. Nothing where `from` is the next that there will be.
 *
 * @throws {PH_OPTION_INVALID} there is no such migration
 */
export function printMigrations(engine: Engine, from = 1, migrations: readonly Migration[] = ours): string {
  const next = migrations.length + 1
  if (from > next)
    throw new PosthasteError(
      'PH_OPTION_INVALID',
      `there is no migration ${from} yet: the last is ${next - 1}`,
    )
  return allStatements(engine, from, migrations)
    .map((statement) => `${statement};\n`)
    .join('')
}

/** Every statement that an empty database needs, or one that has the migrations before `from`. */
export function allStatements(engine: Engine, from = 1, migrations: readonly Migration[] = ours): string[] {
  return [
    ...(from === 1 ? engine.bookkeeping() : []),
    ...migrations
      .filter(({ version }) => version >= from)
      .flatMap((migration) => [...migration.statements(engine), noteSql(migration, engine)]),
  ]
}

function noteSql(
  { version, name, fingerprint }: Migration,
  { tables, insertIgnore, nowSql }: Engine,
): string {
  const values = `values (${version}, '${name}', '${fingerprint}', ${nowSql})`
  return insertIgnore(tables.migration, ['version', 'name', 'fingerprint', 'applied_at'], values)
}

/**
 * Tells the version of these tables, if this one can work with them: up to one version apart it can.
 *
 * @throws {PH_NOT_MIGRATED} they are missing or too old
 * @throws {PH_SCHEMA_TOO_NEW}
 * @throws {PH_SCHEMA_UNKNOWN} they are not of these migrations
 */
export async function checkSchema(
  database: Executor,
  engine: Engine,
  known: number = schemaVersion,
): Promise<number> {
  const version = await readVersion(database, engine)
  refuseVersion(version, known)
  return version
}

/** The same inside a transaction of the app's, which a missing table would break off on PostgreSQL. */
export async function checkSchemaInside(tx: Executor, engine: Engine): Promise<void> {
  if (engine.tableProbeSql !== undefined) {
    const { rows } = await tx.query(engine.tableProbeSql, [engine.tables.migration.sql])
    if (rows[0]?.name === null) throw new PosthasteError('PH_NOT_MIGRATED')
  }
  await checkSchema(tx, engine)
}

/** @throws {PH_NOT_MIGRATED} {PH_SCHEMA_TOO_NEW} */
export function refuseVersion(version: number, known: number = schemaVersion): void {
  if (version < Math.max(1, known - 1))
    throw new PosthasteError('PH_NOT_MIGRATED', `version ${version} of ${known}`)
  if (version > known + 1)
    throw new PosthasteError('PH_SCHEMA_TOO_NEW', `version ${version}, this package knows ${known}`)
}

/**
 * 0 where there are no tables.
 *
 * @throws {PH_SCHEMA_UNKNOWN}
 */
export async function readVersion(database: Executor, engine: Engine): Promise<number> {
  try {
    return versionOf((await run(database, appliedSql(engine))).rows)
  } catch (error) {
    if (isMissingTable(error)) return 0
    throw error
  }
}

/** Every column: tables of another origin may have others, and a failed statement would end the app's transaction. */
export function appliedSql(engine: Engine): Sql {
  return sql`select * from ${engine.tables.migration}`
}

function title({ version, name }: Migration): string {
  return `${String(version).padStart(4, '0')}-${name}`
}
