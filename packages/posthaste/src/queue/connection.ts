import type { SystemClock } from '../clock.ts'
import type { Settings } from '../config/settings.ts'
import type { Database, Executor } from '../connections/database.ts'
import { openDatabase, openOn } from '../connections/open.ts'
import { PosthasteError } from '../errors.ts'
import { createStore, engineFor } from '../store/create-store.ts'
import type { Engine } from '../store/engine.ts'
import { enqueueStoreFor } from '../store/engine-for.ts'
import type { EnqueueStore } from '../store/enqueue-store.ts'
import { checkSchema, checkSchemaInside, migrate, readVersion } from '../store/migrate.ts'
import { refuseOldServer, serverVersion } from '../store/server.ts'
import type { Store } from '../store/store.ts'

export interface Opened {
  readonly database: Database
  readonly engine: Engine
  readonly store: Store
}

export interface Connected extends Opened {
  readonly enqueueStore: EnqueueStore
  /** The server's, where it was learned from the app's own connection. */
  readonly identity?: string | undefined
}

/** An answer that took longer, because the process or the server stood still meanwhile, says too little of the time: leases hang on it. */
const prompt = 50

/** The queue's way to its database: opened at first use, checked once, closed once. */
export class Connection {
  readonly #settings: () => Settings
  readonly #clock: SystemClock
  #opened: Promise<Opened> | undefined
  #checked: Promise<Connected> | undefined
  #ready: Connected | undefined
  #learned: Connected | undefined
  #known: Opened | undefined
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
    return this.#closed ? undefined : (this.#ready ?? this.#learned)
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

  /**
   * The same with no connection but `tx`, the app's own, where the app gave its pool or PGlite: another one of it may be free only when the
   * app's transactions end. The time is asked for on it, too.
   */
  async readyOn(tx: Executor, identity: string): Promise<Connected> {
    if (this.peek && isSame(this.peek, identity)) return this.peek
    const settings = this.#settings()
    const database = this.#closed ? undefined : await openOn(settings.database, { tx, identity })
    if (!database) return this.ready()
    const engine = engineOn(database, settings)
    await checkSchemaInside(tx, engine)
    await this.synchronise({ now: () => database.now(tx) })
    this.#learned = {
      database,
      engine,
      store: createStore(database, engine),
      enqueueStore: enqueueStoreFor(engine),
      identity,
    }
    return this.#learned
  }

  async #check(): Promise<Connected> {
    const opened = await this.open()
    const { database, engine } = opened
    await this.synchronise(database)
    if (engine.migratesOnOpen && (await readVersion(database, engine)) === 0)
      await migrate(database, engine, this.#clock.now())
    await checkSchema(database, engine)
    const enqueueStore = enqueueStoreFor(engine)
    const connected = { ...opened, enqueueStore, identity: database.identity }
    this.#ready = connected
    return connected
  }

  async synchronise(database: Pick<Database, 'now'>): Promise<void> {
    let best = await this.#askTime(database)
    for (let tries = 1; tries < 4 && best.after - best.before > prompt; tries++) {
      const again = await this.#askTime(database)
      if (again.after - again.before < best.after - best.before) best = again
    }
    this.#clock.synchronise(best.now, best.before, best.after)
  }

  async #askTime(database: Pick<Database, 'now'>): Promise<{ now: number; before: number; after: number }> {
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
    const known = engineFor(database)
    refuseOldServer(known, await serverVersion(database, known))
    const engine = engineOn(database, settings)
    return { database, engine, store: createStore(database, engine) }
  } catch (error) {
    await database.close()
    throw error
  }
}

function engineOn(database: Database, { schema, prefix }: Settings): Engine {
  return engineFor(database, { schema, prefix, database: database.schemaName })
}

/** What was learned from a connection of the app's pool is learned anew where the server was restarted. */
function isSame({ identity, database }: Connected, seen: string): boolean {
  return identity === undefined || identity === seen || database.identity !== undefined
}

/** A failure is told, and tried again by the next call. */
function forgetFailure<T>(work: Promise<T>, forget: () => void): Promise<T> {
  work.catch(forget)
  return work
}
