import { realpathSync } from 'node:fs'
import { PosthasteError } from '../errors.ts'
import {
  answersByCallback,
  builtInLibrary,
  loadedLibrary,
  type SqliteLibrary,
  usualLibrary,
} from './loaded-sqlite.ts'
import type { SqliteHandle } from './sqlite-handle.ts'

export type { SqliteLibrary }

/** By file: what the app was seen to open it with. */
const seen = new Map<string, SqliteLibrary>()

/**
 * The SQLite that opens this file in this process, which must be the app's own. Two copies of SQLite in one process do not see each other's
 * locks: whichever closes first takes itself for the last user, removes the log, and with it what the other has committed.
 *
 * @throws {PH_SQLITE_LIBRARY} the app's is one that the queue cannot use
 */
export async function sqliteLibrary(file: string): Promise<SqliteLibrary> {
  const library = seen.get(real(file)) ?? loadedLibrary() ?? builtInLibrary()
  if (answersByCallback(library)) throw new PosthasteError('PH_SQLITE_LIBRARY', file)
  return library
}

/** The app was seen to open the file with it. */
export function rememberLibrary(library: SqliteLibrary, file: string): void {
  seen.set(real(file), library)
}

export function libraryOf(handle: object): SqliteLibrary {
  return handle.constructor as SqliteLibrary
}

/** The same for one that the queue cannot use: from now on it opens nothing. Tells whether it is such a one. */
export function rememberCallbacks(library: SqliteLibrary, file: string): boolean {
  if (!answersByCallback(library)) return false
  rememberLibrary(library, file)
  return true
}

/** Has the app turned out to use another one than this connection does? */
export function isOutdated(handle: SqliteHandle, file: string): boolean {
  const library = seen.get(real(file)) ?? usualLibrary()
  return library !== undefined && handle.constructor !== library
}

const paths = new Map<string, string>()

function real(file: string): string {
  const known = paths.get(file)
  if (known !== undefined) return known
  try {
    const path = realpathSync.native(file)
    paths.set(file, path)
    return path
  } catch {
    return file
  }
}
