import type { Clock } from '../../clock.ts'
import { peek } from '../../foreign.ts'
import { type Connection, connect, isUsable, quit, socketOf } from './connection.ts'
import type { Server } from './server.ts'

interface Connecting {
  readonly resolve: (connection: Connection) => void
  /** It has one that came back: the new one becomes another's. */
  served: boolean
}

/** How long a server may take over a goodbye. */
const patience = 1_000

/**
 * Connections kept between mails: the one used last is taken first, so that surplus ones grow idle and are closed. At most
 * `maxConnections` exist; who asks for more waits.
 */
export class ConnectionPool {
  readonly #server: Server
  readonly #clock: Clock
  readonly #closing = new AbortController()
  readonly #idle: Connection[] = []
  readonly #waiting: (() => void)[] = []
  /** Who waits for a new connection takes one that comes back before it. */
  readonly #connecting: Connecting[] = []
  #login: Promise<unknown> | undefined
  #loggedIn = false
  #taken = 0
  #sweeping = false
  #drained: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(server: Server, clock: Clock) {
    this.#server = server
    this.#clock = clock
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** A kept connection or a new one; rejects as {@link connect} does. */
  async take(signal: AbortSignal, sender?: string | false): Promise<Connection> {
    await this.#slot()
    return this.#kept() ?? (await this.#opened(() => this.#open(signal, sender)))
  }

  /** A new connection, or one that comes back while it is being made: the new one then takes that one's place. */
  #opened(open: () => Promise<Connection>): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const one: Connecting = { resolve, served: false }
      this.#connecting.push(one)
      const ended = () => {
        if (!one.served) this.#connecting.splice(this.#connecting.indexOf(one), 1)
      }
      open().then(
        (connection) => {
          ended()
          if (one.served) this.give(connection)
          else resolve(connection)
        },
        (error) => {
          ended()
          this.#free()
          if (!one.served) reject(error)
        },
      )
    })
  }

  /** One login must have succeeded before others are tried: a wrong password is refused once, not once for each connection. */
  async #open(signal: AbortSignal, sender: string | false | undefined): Promise<Connection> {
    if (this.#loggedIn || !this.#server.auth()) return this.#connect(signal, sender)
    if (this.#login) {
      await this.#login
      return this.#open(signal, sender)
    }
    const login = this.#connect(signal, sender)
    this.#login = login
    try {
      return await login
    } finally {
      this.#login = undefined
    }
  }

  async #connect(signal: AbortSignal, sender: string | false | undefined): Promise<Connection> {
    try {
      const connection = await connect(this.#server, signal, sender)
      this.#loggedIn = true
      return connection
    } catch (error) {
      if (peek(error, 'code') === 'EAUTH') this.#loggedIn = false
      throw error
    }
  }

  /** Takes a connection back: kept where it can be used again, else ended. */
  give(connection: Connection): void {
    const worn = connection.sent >= this.#server.options.maxMessages
    if (isUsable(connection) && worn && !this.closed) return void this.#replace(connection)
    if (!isUsable(connection)) connection.smtp.close()
    else if (this.closed) quit(connection)
    else if (this.#serve(connection)) return
    else this.#keep(connection)
    this.#free()
  }

  #serve(connection: Connection): boolean {
    const one = this.#connecting.shift()
    if (!one) return false
    one.served = true
    one.resolve(connection)
    return true
  }

  /** A server counts a connection until it has ended: only then may another stand in its place, or there would be one too many. */
  async #replace(connection: Connection): Promise<void> {
    const ended = new AbortController()
    socketOf(connection.smtp)?.once('close', () => ended.abort())
    quit(connection)
    await this.#clock.sleep(patience, ended.signal)
    this.#free()
  }

  /** Ends a connection that cannot be trusted any more. */
  drop(connection: Connection): void {
    connection.smtp.close()
    this.#free()
  }

  /** Ends idle connections at once, and resolves when the busy ones have come back. */
  close(): Promise<void> {
    this.#closed ??= this.#drain()
    return this.#closed
  }

  async #drain(): Promise<void> {
    this.#closing.abort()
    for (const connection of this.#idle.splice(0)) quit(connection)
    if (this.#taken === 0) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }

  #slot(): Promise<void> | undefined {
    if (this.#taken < this.#server.options.maxConnections) {
      this.#taken++
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #free(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken--
    if (this.#taken === 0) this.#drained?.()
  }

  #kept(): Connection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (isUsable(connection)) return connection
      connection.smtp.close()
    }
    return undefined
  }

  #keep(connection: Connection): void {
    connection.idleSince = this.#clock.monotonic()
    this.#idle.push(connection)
    if (!this.#sweeping) void this.#sweep()
  }

  // One timer for the whole pool, not one a mail: the first of the list has been idle longest.
  async #sweep(): Promise<void> {
    this.#sweeping = true
    for (let first = this.#idle[0]; first; first = this.#idle[0]) {
      const left = first.idleSince + this.#server.options.idleTimeout - this.#clock.monotonic()
      if (left > 0) await this.#clock.sleep(left, this.#closing.signal)
      else quit(this.#idle.shift() ?? first)
      if (this.closed) break
    }
    this.#sweeping = false
  }
}
