import { PosthasteError } from '../errors.ts'
import { type Border, readInput } from '../input/reader.ts'
import type { Database, DatabaseKind, Executor } from './database.ts'
import { isMysqlPool, openMysql, openMysqlOn } from './mysql.ts'
import { isPglite, openPglite, pgliteDatabase } from './pglite.ts'
import { isPgPool, openPostgres, type PgPool } from './postgres.ts'
import { isSqliteHandle, openSqlite } from './sqlite.ts'
import { type DatabaseUrl, parseDatabaseUrl } from './url.ts'

/**
 * Opens the queue's own connections from a URL, or borrows the app's pool or handle.
 *
 * @throws {PH_NO_DATABASE} nothing was given
 * @throws {PH_DATABASE_URL} the URL does not parse
 * @throws {PH_DATABASE_HANDLE} the value is no database
 * @throws {PH_DRIVER_MISSING} `pg` or `mysql2` is not installed
 */
export async function openDatabase(database: unknown): Promise<Database> {
  return readInput(openerOf, database, border)()
}

const border: Border = { unknown: 'PH_DATABASE_HANDLE', invalid: 'PH_DATABASE_HANDLE', at: 'database' }

function openerOf(database: unknown): () => Promise<Database> {
  if (database === undefined || database === null || database === '')
    throw new PosthasteError('PH_NO_DATABASE')
  if (database instanceof URL) return () => openUrl(database.href)
  if (typeof database === 'string') return () => openUrl(database)
  if (isPgPool(database)) return () => openPostgres(database)
  if (isPglite(database)) return () => openPglite(database)
  if (isMysqlPool(database)) return () => openMysql(database)
  if (isSqliteHandle(database)) return () => openSqlite(database)
  throw new PosthasteError('PH_DATABASE_HANDLE', `got ${describe(database)}`)
}

/**
 * Borrows the app's pool or PGlite with nothing asked but on `tx`, a transaction of the app's on `identity`. Gives undefined where the queue has
 * connections of its own, and where `tx` is surely not of that pool.
 */
export async function openOn(
  database: unknown,
  { tx, identity }: { tx: Executor; identity: string },
): Promise<Database | undefined> {
  if (isPglite(database)) return pgliteDatabase(database, identity)
  if (isPgPool(database)) return namesAnother(database, identity) ? undefined : openPostgres(database)
  return isMysqlPool(database) ? openMysqlOn(database, tx) : undefined
}

/** Behind a pooler a database may have another name: then the queue asks on a connection of the pool. */
function namesAnother({ options }: PgPool, identity: string): boolean {
  const { database, connectionString = '' } = options
  const name = database ?? (URL.canParse(connectionString) ? new URL(connectionString).pathname.slice(1) : '')
  return name !== '' && !identity.startsWith(`${decodeURIComponent(name)}/`)
}

function openUrl(text: string): Promise<Database> {
  const url = parseDatabaseUrl(text)
  return openAs(url.kind, url)
}

type UrlOf<Kind> = Extract<DatabaseUrl, { kind: Kind }>

const openers: { readonly [Kind in DatabaseKind]: (url: UrlOf<Kind>) => Promise<Database> } = {
  postgres: openPostgres,
  mysql: ({ href }) => openMysql(href),
  sqlite: ({ file }) => openSqlite(file),
}

function openAs<Kind extends DatabaseKind>(kind: Kind, url: UrlOf<Kind>): Promise<Database> {
  return openers[kind](url)
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function, such as the sql of postgres.js, Bun or Neon'
  return typeof value === 'object' && value !== null
    ? `an object of class ${value.constructor?.name}`
    : typeof value
}

/** Which kind of database this will be, told without connecting; undefined where the value is none. */
export function kindOfDatabase(database: unknown): DatabaseKind | undefined {
  if (typeof database === 'string' || database instanceof URL) return parseDatabaseUrl(String(database)).kind
  if (isPgPool(database) || isPglite(database)) return 'postgres'
  if (isMysqlPool(database)) return 'mysql'
  return isSqliteHandle(database) ? 'sqlite' : undefined
}
