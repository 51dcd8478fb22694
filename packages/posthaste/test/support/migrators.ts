import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import BetterSqlite from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { migrate as migrateSqlite } from 'drizzle-orm/better-sqlite3/migrator'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { migrate as migrateMysql } from 'drizzle-orm/mysql2/migrator'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator'
import knex, { type Knex } from 'knex'
import { Kysely, type Dialect as KyselyDialect, MysqlDialect, PostgresDialect, SqliteDialect } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { createPool as callbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { DataSource, type DataSourceOptions, type MigrationInterface } from 'typeorm'
import type { EngineName } from './databases.ts'
import { workspace } from './packed-app.ts'

/** Runs the guide's migration, with `posthaste.sql` beside it in `folder`, as the tool's own migrator does. */
export interface MigratorOn {
  readonly name: string
  migrate(kind: EngineName, url: string, folder: string): Promise<void>
}

const file = (url: string) => url.slice('sqlite:'.length)

export const migrators: readonly MigratorOn[] = [
  { name: 'Knex', migrate: withKnex },
  { name: 'Kysely', migrate: withKysely },
  { name: 'TypeORM', migrate: withTypeorm },
  { name: 'drizzle-kit', migrate: withDrizzle },
]

async function withKnex(kind: EngineName, url: string, folder: string): Promise<void> {
  const configs: Record<EngineName, Knex.Config> = {
    postgres: { client: 'pg', connection: url },
    mysql: { client: 'mysql2', connection: url },
    sqlite: { client: 'better-sqlite3', connection: { filename: file(url) }, useNullAsDefault: true },
  }
  const db = knex(configs[kind])
  const name = '20261124_posthaste.ts'
  try {
    await db.migrate.latest({
      migrationSource: {
        getMigrations: async () => [name],
        getMigrationName: () => name,
        getMigration: (): Promise<Knex.Migration> => import(join(folder, name)),
      },
    })
  } finally {
    await db.destroy()
  }
}

async function withKysely(kind: EngineName, url: string, folder: string): Promise<void> {
  const dialects: Record<EngineName, () => KyselyDialect> = {
    postgres: () => new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
    mysql: () => new MysqlDialect({ pool: callbackPool(url) as never }),
    sqlite: () => new SqliteDialect({ database: new BetterSqlite(file(url)) }),
  }
  const db = new Kysely<unknown>({ dialect: dialects[kind]() })
  const name = '2026-11-24-posthaste'
  const migration: Migration = await import(join(folder, `${name}.ts`))
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => ({ [name]: migration }) },
  }).migrateToLatest()
  await db.destroy()
  if (error) throw error
}

async function withTypeorm(kind: EngineName, url: string, folder: string): Promise<void> {
  const options: Record<EngineName, DataSourceOptions> = {
    postgres: { type: 'postgres', url },
    mysql: { type: 'mysql', url },
    sqlite: { type: 'better-sqlite3', database: file(url) },
  }
  const migrations: Record<string, new () => MigrationInterface> = await import(
    join(folder, '1795500000000-posthaste.ts')
  )
  const source = await new DataSource({
    ...options[kind],
    migrations: Object.values(migrations),
  }).initialize()
  await source.runMigrations()
  await source.destroy()
}

/** The migrator is what `drizzle-kit migrate` calls; the SQL goes through the guide's own `sed`. */
async function withDrizzle(kind: EngineName, url: string, folder: string): Promise<void> {
  const migrationsFolder = join(folder, `drizzle-${kind}`)
  await mkdir(join(migrationsFolder, 'meta'), { recursive: true })
  const guide = await readFile(join(workspace, 'docs/guide/migrations.md'), 'utf8')
  const [sed] = /sed '.*?'/.exec(guide) ?? ['the guide has no sed']
  await promisify(execFile)('sh', ['-c', `${sed} < posthaste.sql > ${migrationsFolder}/0000_posthaste.sql`], {
    cwd: folder,
  })
  const entries = [{ idx: 0, version: '7', when: 1795500000000, tag: '0000_posthaste', breakpoints: true }]
  const journal = { version: '7', dialect: kind, entries }
  await writeFile(join(migrationsFolder, 'meta/_journal.json'), JSON.stringify(journal))
  await drizzleMigrators[kind](url, { migrationsFolder })
}

const drizzleMigrators: Record<
  EngineName,
  (url: string, config: { migrationsFolder: string }) => Promise<void>
> = {
  async postgres(url, config) {
    const pool = new pg.Pool({ connectionString: url })
    await migratePg(drizzlePg(pool), config).finally(() => pool.end())
  },
  async mysql(url, config) {
    const pool = createPool(url)
    await migrateMysql(drizzleMysql(pool), config).finally(() => pool.end())
  },
  async sqlite(url, config) {
    const database = new BetterSqlite(file(url))
    migrateSqlite(drizzleSqlite(database), config)
    database.close()
  },
}
