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

interface Kind {
  /** Its file, wherever it is installed. */
  readonly main: RegExp
  /** Its file, as seen from here. */
  readonly usual: string | undefined
  library(exports: unknown): SqliteLibrary | undefined
}

const { cache, resolve } = createRequire(import.meta.url)

const betterSqlite: Kind = {
  main: /[\\/]better-sqlite3[\\/]lib[\\/]index\.js$/,
  usual: resolved('better-sqlite3'),
  library: (exports) => exports as SqliteLibrary,
}

/** `sqlite3` and its forks: their connections answer by callback, and the queue cannot work with them. */
const callbackSqlite: Kind = {
  main: /[\\/]lib[\\/]sqlite3\.js$/,
  usual: resolved('sqlite3'),
  library: (exports) => (exports as { Database?: SqliteLibrary }).Database,
}

/** What the app has loaded, wherever it is. */
export function loadedLibrary(): SqliteLibrary | undefined {
  return [betterSqlite, callbackSqlite].flatMap(loaded)[0]
}

/** The same where it is installed as usual: quick enough to be asked at each statement. */
export function usualLibrary(): SqliteLibrary | undefined {
  return usually(betterSqlite) ?? usually(callbackSqlite)
}

export function answersByCallback(library: SqliteLibrary): boolean {
  return loaded(callbackSqlite).includes(library)
}

function loaded({ main, library }: Kind): SqliteLibrary[] {
  const paths = Object.keys(cache).filter((path) => main.test(path))
  return paths.flatMap((path) => library(cache[path]?.exports) ?? [])
}

function usually({ usual, library }: Kind): SqliteLibrary | undefined {
  const module = usual === undefined ? undefined : cache[usual]
  return module && library(module.exports)
}

function resolved(name: string): string | undefined {
  try {
    return resolve(name)
  } catch {
    return undefined
  }
}
