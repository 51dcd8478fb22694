/** What a statement may carry: every driver and ORM binds these alike. */
export type Value = string | number | null | Uint8Array

export type Row = Record<string, unknown>

export interface Result {
  readonly rows: Row[]
  /** Rows inserted, updated or deleted; rows read where the database does not tell. */
  readonly affected: number
  /** Whether a transaction was open after it; undefined where the driver does not tell. */
  readonly open?: boolean | undefined
}

/** Runs statements on one connection or pool. SQL is written with `?` on every database. */
export interface Executor {
  query(sql: string, params?: readonly Value[]): Promise<Result>
}

export interface Listening {
  /** Not where a pooler stands between that lets no notification through. */
  readonly isHeard: boolean
  end(): Promise<void>
}

export type DatabaseKind = 'postgres' | 'mysql' | 'sqlite'

/** The queue's own way to its database. */
export interface Database extends Executor {
  readonly kind: DatabaseKind
  /** MariaDB and MySQL differ in a few statements. */
  readonly flavour: 'postgres' | 'mysql' | 'mariadb' | 'sqlite'
  /** Commits when `work` resolves, rolls back when it rejects; isolation is READ COMMITTED (SQLite: a write transaction from its first statement). */
  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T>
  /** Calls `wake` at each notification and after each reconnection. Absent where the database has no such thing. */
  listen?(channel: string, wake: () => void): Promise<Listening>
  /** PGlite: which database it is, known from the start, for inside the app's transaction it cannot be asked. */
  readonly identity?: string
  /** MySQL: the database that holds the tables, for the app's connection may be using another one. */
  readonly schemaName?: string | undefined
  /** Whether a statement would have to wait for one of the app's own connections. Absent where it cannot be known. */
  isExhausted?(): boolean
  /**
   * SQLite in a file: reads what is committed at once, whatever the queue itself is waiting for. A writer that keeps readers out for longer than
   * a commit takes gives PH_DATABASE_BUSY.
   */
  readonly reader?: Executor
  /** SQLite: the file that it is in; undefined in memory. */
  readonly file?: string | undefined
  /** The database's time in milliseconds since 1970, asked for on `tx` where that is given. */
  now(tx?: Executor): Promise<number>
  close(): Promise<void>
}
