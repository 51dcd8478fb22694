import { PosthasteError } from '../errors.ts'
import type { Duration } from '../input/time.ts'
import type { TransportConfig } from '../transports/create-transport.ts'
import type { QueueParts } from './queue-parts.ts'
import { readPauseTransport } from './read-calls.ts'
import { type TransportState, transportOf } from './records.ts'

export interface PauseTransportOptions {
  /** It is tried again after this long. @default '1h' */
  for?: Duration | undefined
  /** Why, for those who wonder. @default 'by hand' */
  reason?: string | undefined
}

/** The transports, as all workers see them. */
export class Transports {
  readonly #parts: QueueParts

  /** @internal */
  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  /** How each transport fares: those that are configured, and those that workers have noted something about. */
  async list(): Promise<TransportState[]> {
    const { settings, clock, connection } = this.#parts
    const { store } = await connection.ready()
    const noted = new Map((await store.transportBackoffs()).map((row) => [row.name, row]))
    const names = new Set([...Object.keys(settings().transports), ...noted.keys()])
    const nothing = { backoffUntil: null, reason: null, since: null, faults: 0 }
    return [...names].map((name) => transportOf(noted.get(name) ?? { name, ...nothing }, clock.now()))
  }

  /** Lets a transport back off: no worker sends through it until then. Gives its state. @throws {PH_TRANSPORT_UNKNOWN} it is not configured */
  async pause(name: string, options: PauseTransportOptions = {}): Promise<TransportState> {
    const { for: time, reason } = readPauseTransport(options)
    const { settings, clock, connection } = this.#parts
    const names = Object.keys(settings().transports)
    if (!names.includes(name))
      throw new PosthasteError('PH_TRANSPORT_UNKNOWN', `'${name}'; there are ${names.join(', ') || 'none'}`)
    const { store } = await connection.ready()
    const now = clock.now()
    await store.backOffTransport(name, { until: now + time, reason, now })
    const row = (await store.transportBackoffs()).find((one) => one.name === name)
    return transportOf(row ?? { name, backoffUntil: null, reason, since: now, faults: 0 }, now)
  }

  /** Ends the back-off of a transport, or of all of them; gives how many backed off. */
  async resume(name?: string): Promise<number> {
    return (await this.#parts.connection.ready()).store.resumeTransport(name)
  }

  /** Adds a transport named `default` where the configuration has none at all; to be called before the first delivery. Tells whether it was added. */
  addDefault(transport: TransportConfig): boolean {
    const { settings, replaceTransports } = this.#parts
    if (Object.keys(settings().transports).length > 0) return false
    replaceTransports({ default: transport })
    return true
  }
}
