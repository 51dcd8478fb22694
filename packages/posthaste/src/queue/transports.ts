import { covers } from '../brake.ts'
import { PosthasteError } from '../errors.ts'
import type { Duration } from '../input/time.ts'
import type { TransportConfig } from '../transports/create-transport.ts'
import { brakesOf } from './brakes.ts'
import type { QueueParts } from './queue-parts.ts'
import { readName, readPauseTransport } from './read-calls.ts'
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
    const now = clock.now()
    const noted = new Map((await store.transportBackoffs(now)).map((row) => [row.name, row]))
    const brakes = brakesOf(await store.refusals.read(now))
    const braked = brakes.map(({ transport }) => transport)
    const names = new Set([...Object.keys(settings().transports), ...noted.keys(), ...braked])
    const nothing = { backoffUntil: null, reason: null, since: null, faults: 0 }
    return [...names].map((name) => transportOf(noted.get(name) ?? { name, ...nothing }, { now, brakes }))
  }

  /** Lets a transport back off: no worker sends through it until then. Gives its state. @throws {PH_TRANSPORT_UNKNOWN} it is not configured */
  async pause(name: string, options: PauseTransportOptions = {}): Promise<TransportState> {
    const known = readName(name) ?? ''
    const { for: time, reason } = readPauseTransport(options)
    const { settings, clock, connection } = this.#parts
    const names = Object.keys(settings().transports)
    if (!names.includes(known))
      throw new PosthasteError('PH_TRANSPORT_UNKNOWN', `'${known}'; there are ${names.join(', ') || 'none'}`)
    const { store } = await connection.ready()
    const now = clock.now()
    await store.backOffTransport(name, { until: now + time, reason, now })
    const row = (await store.transportBackoffs(now)).find((one) => one.name === name)
    const brakes = brakesOf(await store.refusals.read(now, name))
    return transportOf(row ?? { name, backoffUntil: null, reason, since: now, faults: 0 }, { now, brakes })
  }

  /** Ends the back-off and the brakes of a transport, or of all of them. Mail that waits for them is due now. Gives how many transports that were. */
  async resume(name?: string): Promise<number> {
    const wanted = readName(name)
    const { clock, connection } = this.#parts
    const { store } = await connection.ready()
    const now = clock.now()
    const { brakes, waiting } = await store.refusals.read(now, wanted)
    const backingOff = (await store.transportBackoffs(now)).filter(
      (one) => wanted === undefined || one.name === wanted,
    )
    const ended = await Promise.all(
      brakes
        .filter(({ endedAt }) => endedAt === null)
        .map(async (brake) => {
          await store.refusals.release(brake, now)
          await store.refusals.free(
            waiting.filter((one) => one.transport === brake.transport && covers(brake, one)),
            now,
          )
          return brake.transport
        }),
    )
    await store.resumeTransport(wanted)
    const resumed = new Set([...backingOff.map((one) => one.name), ...ended])
    await store.makeWaitingDue([...resumed], now)
    return resumed.size
  }

  /** Adds a transport named `default` where the configuration has none at all; to be called before the first delivery. Tells whether it was added. */
  addDefault(transport: TransportConfig): boolean {
    const { settings, replaceTransports } = this.#parts
    if (Object.keys(settings().transports).length > 0) return false
    replaceTransports({ default: transport })
    return true
  }
}
