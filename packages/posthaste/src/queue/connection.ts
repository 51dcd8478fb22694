import type { SystemClock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Database, Executor } from '../connections/database.ts'
import { openDatabase } from '../connections/open.ts'
import { type Pglite, pgliteDatabase } from '../connections/pglite.ts'
import { PosthasteError } from '../errors.ts'
import { placeOf } from '../store/add/hold.ts'
import { createStore, engineFor } from '../store/create-store.ts'
import type { Engine } from '../store/engine.ts'
import { checkSchema, migrate, readVersion } from '../store/migrate.ts'
import { refuseOldServer, serverVersion } from '../store/server-version.ts'
import { runSteps } from '../store/statement.ts'
import type { Store } from '../store/store.ts'

export interface Opened {
  readonly database: Database
  readonly engine: Engine
  readonly store: Store
}

/** Its tables are there, and of a version that fits. */
export type Connected = Opened

/** An answer that took longer, because the process or the server stood still meanwhile, says too little of the time: leases hang on it. */
const prompt = 50

/** The queue's way to its database: opened at first use, checked once, closed once. */
export class Connection {
  readonly #settings: () => Settings
  readonly #clock: SystemClock
  #opened: Promise<Opened> | undefined
  #checked: Promise<Connected> | undefined
  #ready: Connected | undefined
  #known: Opened | undefined
  #inside: Promise<Connected> | undefined
  #closed = false
  readonly #wakes = new Set<() => void>()
  readonly #ends = new Set<() => Promise<void>>()
  #closing: Promise<void> | undefined

  constructor(settings: () => Settings, clock: SystemClock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** What is there already, for those who may not wait. */
  get peek(): Connected | undefined {
    return this.#closed ? undefined : this.#ready
  }

  /** Connected, whatever state the tables are in. */
  open(): Promise<Opened> {
    if (this.#closed) return Promise.reject(new PosthasteError('PH_CLOSED'))
    this.#opened ??= forgetFailure(this.#open(), () => {
      this.#opened = undefined
    })
    return this.#opened
  }

  async #open(): Promise<Opened> {
    this.#known = await openConnected(this.#settings())
    return this.#known
  }

  /** Connected, the tables there and of a version that fits, the clock on the database's time. */
  ready(): Promise<Connected> {
    if (this.#closed) return Promise.reject(new PosthasteError('PH_CLOSED'))
    this.#checked ??= forgetFailure(this.#check(), () => {
      this.#checked = undefined
    })
    return this.#checked
  }

  /** The same for PGlite inside the app's transaction, in which alone it can be asked now. */
  async readyInside(pglite: Pglite, tx: Executor): Promise<Connected> {
    if (this.#closed) throw new PosthasteError('PH_CLOSED')
    if (this.#ready) return this.#ready
    this.#inside ??= forgetFailure(this.#checkInside(pglite, tx), () => {
      this.#inside = undefined
    })
    return this.#inside
  }

  async #checkInside(pglite: Pglite, tx: Executor): Promise<Connected> {
    const { schema, prefix } = this.#settings()
    const database = this.#known?.database ?? pgliteDatabase(pglite, await runSteps(placeOf('postgres'), tx))
    const engine = engineFor(database, { schema, prefix })
    const found = await tx.query('select to_regclass(?::text)::text as name', [engine.tables.migration.sql])
    if (found.rows[0]?.name === null) throw new PosthasteError('PH_NOT_MIGRATED')
    await checkSchema(tx, engine)
    return { database, engine, store: createStore(database, engine) }
  }

  async #check(): Promise<Connected> {
    const opened = await this.open()
    const { database, engine } = opened
    await this.synchronise(database)
    if (engine.kind === 'sqlite' && (await readVersion(database, engine)) === 0)
      await migrate(database, engine, this.#clock.now())
    await checkSchema(database, engine)
    this.#ready = opened
    return opened
  }

  async synchronise(database: Database): Promise<void> {
    let best = await this.#askTime(database)
    for (let tries = 1; tries < 4 && best.after - best.before > prompt; tries++) {
      const again = await this.#askTime(database)
      if (again.after - again.before < best.after - best.before) best = again
    }
    this.#clock.synchronise(best.now, best.before, best.after)
  }

  async #askTime(database: Database): Promise<{ now: number; before: number; after: number }> {
    const before = this.#clock.monotonic()
    const now = await database.now()
    return { now, before, after: this.#clock.monotonic() }
  }

  /** Follows the database's time again. */
  async resynchronise(): Promise<void> {
    if (this.#known) await this.synchronise(this.#known.database)
  }

  /** Calls `wake` whenever this process has stored mail; gives the function that ends it. */
  onEnqueued(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => this.#wakes.delete(wake)
  }

  enqueued(): void {
    for (const wake of this.#wakes) wake()
  }

  /** Calls `end`, and waits for it, before the connection is closed; gives the function that forgets it. */
  beforeClose(end: () => Promise<void>): () => void {
    this.#ends.add(end)
    return () => this.#ends.delete(end)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#ends].map((end) => end()))
    const opened = await this.#opened?.catch(() => undefined)
    await opened?.database.close()
  }
}

async function openConnected(settings: Settings): Promise<Opened> {
  const database = await openDatabase(settings.database)
  try {
    refuseOldServer(database.flavour, await serverVersion(database))
    const engine = engineFor(database, { ...settings, database: await schemaOf(database) })
    return { database, engine, store: createStore(database, engine) }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** MySQL's tables are named with their database: the app may be using another one on the connection that it passes. */
async function schemaOf(database: Database): Promise<string | undefined> {
  if (database.kind !== 'mysql') return undefined
  const { rows } = await database.query('select database() as name')
  return typeof rows[0]?.name === 'string' ? rows[0].name : undefined
}

/** A failure is told, and tried again by the next call. */
function forgetFailure<T>(work: Promise<T>, forget: () => void): Promise<T> {
  work.catch(forget)
  return work
}
