import type { Database, Executor } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { isAlreadyThere, isMissingTable } from './database-errors.ts'
import type { Engine } from './engine.ts'
import { type Migration, migrations, schemaVersion } from './migrations/migrations.ts'
import { ask, type Steps } from './statement.ts'

/**
 * Brings the tables to this version, and tells which migrations were applied; several processes may call it at once.
 *
 * @throws {PH_MIGRATION} a statement failed
 */
export async function migrate(database: Database, engine: Engine, now: number): Promise<string[]> {
  return database.transaction(async (tx) => {
    await lock(tx, engine)
    try {
      return await applyMissing(tx, engine, now)
    } finally {
      if (engine.migrationLock?.unlock) await tx.query(engine.migrationLock.unlock)
    }
  })
}

async function lock(tx: Executor, { migrationLock }: Engine): Promise<void> {
  if (!migrationLock) return
  const { rows } = await tx.query(migrationLock.lock)
  if (rows[0]?.locked === 0 || rows[0]?.locked === null)
    throw new PosthasteError('PH_MIGRATION', 'another process has been migrating for a minute')
}

async function applyMissing(tx: Executor, engine: Engine, now: number): Promise<string[]> {
  for (const statement of bookkeeping(engine)) await tx.query(statement)
  const { rows } = await tx.query(`select version from ${engine.tables.migration}`)
  const done = new Set(rows.map((row) => Number(row.version)))
  const applied: string[] = []
  for (const migration of migrations.filter(({ version }) => !done.has(version))) {
    await apply(tx, migration, engine)
    await tx.query(`insert into ${engine.tables.migration} (version, name, applied_at) values (?, ?, ?)`, [
      migration.version,
      migration.name,
      now,
    ])
    applied.push(title(migration))
  }
  return applied
}

async function apply(tx: Executor, migration: Migration, engine: Engine): Promise<void> {
  for (const statement of migration.statements(engine))
    try {
      await tx.query(statement)
    } catch (cause) {
      // MySQL commits each of these statements by itself, so a migration that was cut off finds its first tables there.
      if (isAlreadyThere(cause)) continue
      throw new PosthasteError('PH_MIGRATION', `${title(migration)}: ${statement.slice(0, 120)}`, { cause })
    }
}

function bookkeeping(engine: Engine): string[] {
  const { migration, meta } = engine.tables
  const key = engine.kind === 'sqlite' ? 'text' : 'varchar(120)'
  return [
    ...engine.beforeTables,
    `create table if not exists ${migration} (version integer not null primary key, name ${key} not null, applied_at bigint not null)`,
    `create table if not exists ${meta} (name ${key} not null primary key, value ${key} not null)`,
  ]
}

/**
 * Inside a transaction of the app's own (SQLite only): makes the tables where they are missing, and checks their version. Asked each time, for
 * tables that were made in a transaction go with it.
 *
 * @throws {PH_NOT_MIGRATED} {PH_SCHEMA_TOO_NEW}
 */
export function* ensureTables(engine: Engine, now: number): Steps<void> {
  const { rows } = yield* ask("select name from sqlite_master where type = 'table' and name = ?", [
    engine.tables.migration.sql.replaceAll('"', ''),
  ])
  if (rows.length === 0) {
    for (const sql of allStatements(engine, now)) yield* ask(sql)
    return
  }
  const versions = yield* ask(versionSql(engine))
  refuseVersion(Number(versions.rows[0]?.version ?? 0))
}

/** The SQL of every migration, for a migration tool of the user's own. */
export function printMigrations(engine: Engine, now: number): string {
  return `${allStatements(engine, now).join(';\n')};\n`
}

function allStatements(engine: Engine, now: number): string[] {
  return [
    ...bookkeeping(engine),
    ...migrations.flatMap((migration) => [
      ...migration.statements(engine),
      `insert into ${engine.tables.migration} (version, name, applied_at) values (${migration.version}, '${migration.name}', ${now})`,
    ]),
  ]
}

/**
 * Tells the version of these tables, if this one can work with them: up to one version apart it can.
 *
 * @throws {PH_NOT_MIGRATED} they are missing or too old
 * @throws {PH_SCHEMA_TOO_NEW}
 */
export async function checkSchema(database: Executor, engine: Engine): Promise<number> {
  const version = await readVersion(database, engine)
  refuseVersion(version)
  return version
}

function refuseVersion(version: number): void {
  if (version < Math.max(1, schemaVersion - 1))
    throw new PosthasteError('PH_NOT_MIGRATED', `version ${version} of ${schemaVersion}`)
  if (version > schemaVersion + 1)
    throw new PosthasteError('PH_SCHEMA_TOO_NEW', `version ${version}, this package knows ${schemaVersion}`)
}

/** 0 where there are no tables. */
export async function readVersion(database: Executor, engine: Engine): Promise<number> {
  try {
    const { rows } = await database.query(versionSql(engine))
    return Number(rows[0]?.version ?? 0)
  } catch (error) {
    if (isMissingTable(error)) return 0
    throw error
  }
}

function versionSql(engine: Engine): string {
  return `select max(version) as version from ${engine.tables.migration}`
}

function title({ version, name }: Migration): string {
  return `${String(version).padStart(4, '0')}-${name}`
}
