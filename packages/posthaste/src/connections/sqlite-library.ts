import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { SqliteHandle } from './sqlite-handle.ts'

interface OpenOptions {
  readonly timeout: number
  /** node:sqlite */
  readonly readOnly?: boolean
  /** better-sqlite3 */
  readonly readonly?: boolean
}

/** The class whose instances are connections: node:sqlite's DatabaseSync, better-sqlite3's Database. */
export type SqliteLibrary = new (file: string, options: OpenOptions) => SqliteHandle

const { cache: loaded, resolve } = createRequire(import.meta.url)
const usual = resolved('better-sqlite3')
/** By file: what the app was seen to open it with. */
const seen = new Map<string, SqliteLibrary>()

/**
 * The SQLite that opens this file in this process, which must be the app's own. Two copies of SQLite in one process do not see each other's
 * locks: whichever closes first takes itself for the last user, removes the log, and with it what the other has committed.
 */
export async function sqliteLibrary(file: string): Promise<SqliteLibrary> {
  const { DatabaseSync } = await import('node:sqlite')
  return seen.get(real(file)) ?? betterSqlite() ?? (DatabaseSync as unknown as SqliteLibrary)
}

/** The app uses this handle: its library is the one for the file. */
export function rememberLibrary(handle: object, file: string): void {
  seen.set(real(file), libraryOf(handle))
}

export function libraryOf(handle: object): SqliteLibrary {
  return handle.constructor as SqliteLibrary
}

/** Has the app turned out to use another one than this connection does? */
export function isOutdated(handle: SqliteHandle, file: string): boolean {
  const library = seen.get(real(file)) ?? (usual === undefined ? undefined : loaded[usual]?.exports)
  return library !== undefined && handle.constructor !== library
}

function betterSqlite(): SqliteLibrary | undefined {
  const main = /[\\/]better-sqlite3[\\/]lib[\\/]index\.js$/
  const path = Object.keys(loaded).find((name) => main.test(name))
  return path === undefined ? undefined : (loaded[path]?.exports as SqliteLibrary)
}

function resolved(name: string): string | undefined {
  try {
    return resolve(name)
  } catch {
    return undefined
  }
}

const paths = new Map<string, string>()

function real(file: string): string {
  const known = paths.get(file)
  if (known !== undefined) return known
  try {
    const path = realpathSync(file)
    paths.set(file, path)
    return path
  } catch {
    return file
  }
}
