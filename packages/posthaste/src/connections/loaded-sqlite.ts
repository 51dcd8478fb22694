import type { SqliteHandle } from './sqlite-handle.ts'

interface OpenOptions {
  readonly timeout: number
  /** bun:sqlite */
  readonly readwrite?: boolean
  readonly create?: boolean
  /** node:sqlite */
  readonly readOnly?: boolean
  /** better-sqlite3, bun:sqlite */
  readonly readonly?: boolean
}

/** The class whose instances are connections: node:sqlite's DatabaseSync, the Database of better-sqlite3, bun:sqlite and libsql. */
export type SqliteLibrary = new (file: string, options: OpenOptions) => SqliteHandle

interface Kind {
  readonly name: string
  /** Its file, wherever it is installed. */
  readonly main: RegExp
  library(exports: unknown): SqliteLibrary | undefined
}

/** Asked for in a way that bundlers do not see: webpack puts another one in its place. */
const { createRequire } = process.getBuiltinModule('node:module')
/** What CommonJS has loaded in this process: one table, whatever file asks for it. */
const { cache } = createRequire(process.execPath)

const betterSqlite: Kind = {
  name: 'better-sqlite3',
  main: /[\\/]better-sqlite3[\\/]lib[\\/]index\.js$/,
  library: (exports) => exports as SqliteLibrary,
}

/** `@libsql/client` loads it for its files. */
const libsql: Kind = {
  name: 'libsql',
  main: /[\\/]libsql[\\/]index\.js$/,
  library: (exports) => exports as SqliteLibrary,
}

/** `sqlite3` and its forks: their connections answer by callback, and the queue cannot work with them. */
const callbackSqlite: Kind = {
  name: 'sqlite3',
  main: /[\\/]lib[\\/]sqlite3\.js$/,
  library: (exports) => (exports as { Database?: SqliteLibrary }).Database,
}

/** What the app has loaded, wherever it is. */
export function loadedLibrary(): SqliteLibrary | undefined {
  return [betterSqlite, libsql, callbackSqlite].flatMap(loaded)[0]
}

/** The same where it is installed as usual: quick enough to be asked at each statement. */
export function usualLibrary(): SqliteLibrary | undefined {
  return usually(betterSqlite) ?? usually(libsql) ?? usually(callbackSqlite)
}

/** What the runtime itself brings: node:sqlite, or bun:sqlite in a Bun that has no other. */
export function builtInLibrary(): SqliteLibrary {
  const { getBuiltinModule } = process as {
    getBuiltinModule(name: string): Record<string, unknown> | undefined
  }
  const own = getBuiltinModule('node:sqlite')?.DatabaseSync ?? getBuiltinModule('bun:sqlite')?.Database
  return own as SqliteLibrary
}

export function answersByCallback(library: SqliteLibrary): boolean {
  return loaded(callbackSqlite).includes(library)
}

function loaded({ main, library }: Kind): SqliteLibrary[] {
  const paths = Object.keys(cache).filter((path) => main.test(path))
  return paths.flatMap((path) => library(cache[path]?.exports) ?? [])
}

const usualPaths = new Map<string, readonly string[]>()

function usually({ name, library }: Kind): SqliteLibrary | undefined {
  const paths = usualPaths.get(name) ?? findUsual(name)
  const path = paths.find((one) => cache[one] !== undefined)
  return path === undefined ? undefined : library(cache[path]?.exports)
}

/** As seen from this file, which in a bundle is nowhere, and from the program that runs. */
function findUsual(name: string): readonly string[] {
  const from = [import.meta.url as string | undefined, process.argv[1]]
  const paths = [...new Set(from.flatMap((file) => resolved(name, file)))]
  usualPaths.set(name, paths)
  return paths
}

function resolved(name: string, from: string | undefined): string[] {
  try {
    return from === undefined ? [] : [createRequire(from).resolve(name)]
  } catch {
    return []
  }
}
