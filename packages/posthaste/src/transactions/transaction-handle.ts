import type { DatabaseKind, Executor, Result, Value } from '../connections/database.ts'
import type { SqliteLibrary } from '../connections/loaded-sqlite.ts'
import type { SqliteHandle } from '../connections/sqlite-handle.ts'

/** Depends on shapes, not on packages: are these names there? */
export function has<Name extends string>(value: object, ...names: Name[]): value is Record<Name, unknown> {
  return names.every((name) => name in value)
}

/** The app's own open transaction, as far as Posthaste needs it. Drivers answer at once (`run`) or later (`executor`). */
export type TransactionHandle = AsyncHandle | SyncHandle

interface Common {
  /** undefined where only a statement could tell. */
  readonly kind: DatabaseKind | undefined
  /** The object that stands for the connection: what is asked of it comes one after the other. */
  readonly key: object
  /** What a person calls it: `pg client`, `Kysely transaction`. */
  readonly name: string
}

export interface AsyncHandle extends Common {
  readonly executor: Executor
  readonly run?: undefined
  /** The driver knows that a transaction is open and that nothing waits to be sent before the next statement. Absent where it cannot know. */
  readonly isInTransaction?: () => boolean
  /** Statements of the app's wait behind the one under way. Absent where it cannot know. */
  readonly hasQueuedStatements?: () => boolean
  /** Its library refuses whatever comes after its end: no statement can reach what the connection does next. */
  readonly rejectsAfterEnd?: true
  /** Its library gives the same handle to the next transaction of the connection, and sends whatever comes. */
  readonly isReused?: boolean
  /** On SQLite: the class of its connections, where the library shows it. */
  readonly library?: SqliteLibrary | undefined
}

export interface SyncHandle extends Common {
  readonly kind: 'sqlite'
  readonly key: SqliteHandle
  readonly run: (sql: string, params: readonly Value[]) => Result
  readonly isOpen: () => boolean
  /** The database's file; undefined in memory. */
  readonly file: string | undefined
}

/** Turns what the app passed into a handle; undefined where it is not its kind. */
export type Recogniser = (value: object) => TransactionHandle | undefined
