import type { Clock } from '../clock.ts'
import type { Limit } from '../config/queue-config.ts'
import type { Settings } from '../config/settings.ts'
import { PosthasteError } from '../errors.ts'
import type { WaitingRefusals } from '../store/store.ts'
import { createCapture } from '../transports/capture.ts'
import { createTransport, limitOf, type TransportConfig } from '../transports/create-transport.ts'
import { createRedirect } from '../transports/redirect.ts'
import type { Transport } from '../transports/transport.ts'
import type { SharedBackoff } from './backoff.ts'
import { Limiter } from './limiter.ts'
import { Slots } from './slots.ts'

/** A transport that the route function describes and nothing was sent through for so long is closed. */
const unusedFor = 600_000

/** A transport as the route function describes it. */
export interface DescribedTransport {
  readonly name: string
  /** What tells it from another of its name. */
  readonly content: string
  readonly config: TransportConfig
}

/** A transport whose back-off is over, and that nothing has come through yet. */
export interface HalfOpen {
  readonly name: string
  /** In a row. */
  readonly faults: number
}

interface Described {
  readonly name: string
  readonly slots: Slots
  usedAt: number
}

/** The transports of one worker, each with its slots: those of the configuration, and those that the route function describes. */
export class Transports {
  readonly #settings: Settings
  readonly #tools: { readonly clock: Clock; readonly concurrency: number }
  readonly #named = new Map<string, Slots>()
  readonly #described = new Map<string, Described>()
  readonly #newest = new Map<string, string>()
  #shared: ReadonlyMap<string, SharedBackoff> = new Map()
  #refusals: WaitingRefusals = { waiting: [], brakes: [] }

  constructor(settings: Settings, tools: { clock: Clock; concurrency: number }) {
    this.#settings = settings
    this.#tools = tools
  }

  get all(): readonly Slots[] {
    const described = [...this.#described.values()].map(({ slots }) => slots)
    return [...this.#named.values(), ...described]
  }

  /** One of the configuration's. @throws {PH_CONFIG} {PH_TRANSPORT_UNKNOWN} */
  named(name: string): Slots {
    const slots =
      this.#named.get(name) ?? this.#make(name, configOf(name, this.#settings), this.#shared.get(name))
    this.#named.set(name, slots)
    return slots
  }

  /**
   * One that the route function describes, kept by name and content: changed content is a new transport of that name, and the one before is
   * closed when it is idle. @throws {PH_CONFIG}
   */
  described({ name, content, config }: DescribedTransport): Slots {
    const key = `${name} ${content}`
    const usedAt = this.#tools.clock.monotonic()
    const before = this.#newest.get(name)
    this.#newest.set(name, key)
    const known = this.#described.get(key)
    if (known) {
      known.usedAt = usedAt
      return known.slots
    }
    // Other content may have mended what made the transport of this name back off.
    const slots = this.#make(name, config, before === undefined ? this.#shared.get(name) : undefined)
    this.#described.set(key, { name, slots, usedAt })
    return slots
  }

  #make(name: string, config: TransportConfig | undefined, shared?: SharedBackoff): Slots {
    const transport = makeTransport(name, config, { settings: this.#settings, clock: this.#tools.clock })
    const size = Math.max(1, Math.min(this.#tools.concurrency, transport.maxConnections))
    const slots = new Slots(transport, { size, limiter: new Limiter(limitOfConfig(config)) })
    if (shared) slots.backoff.applyShared(shared)
    slots.refusals.update(refusalsOf(name, this.#refusals))
    return slots
  }

  /** Those that one mail may try now; also such as were made by no mail yet. */
  halfOpen(now: number): HalfOpen[] {
    const made = new Set(this.all.map(({ transport }) => transport.name))
    const own = this.all
      .filter((slots) => slots.backoff.isHalfOpen && slots.room(now) > 0)
      .map(({ transport, backoff }) => ({ name: transport.name, faults: backoff.faults }))
    const shared = [...this.#shared].flatMap(([name, { until, faults }]) =>
      made.has(name) || until > now ? [] : [{ name, faults }],
    )
    return [...own, ...shared]
  }

  /** The names of those that back off now, in order. */
  backingOff(now: number): string[] {
    const own = this.all.filter(({ backoff }) => backoff.isActive(now)).map(({ transport }) => transport.name)
    const shared = [...this.#shared].filter(([, { until }]) => until > now).map(([name]) => name)
    return [...new Set([...own, ...shared])].sort()
  }

  /**
   * Makes back-offs begin and end as other workers or an operator have said, for transports made later, too. Tells whether one ended.
   */
  applySharedBackoff(rows: readonly ({ name: string } & SharedBackoff)[]): boolean {
    this.#shared = new Map(rows.map((row) => [row.name, row]))
    let ended = false
    for (const { transport, backoff } of this.all) {
      const shared = this.#shared.get(transport.name)
      if (shared && shared.until > backoff.until) backoff.applyShared(shared)
      if (!shared && backoff.isPersisted && backoff.end()) ended = true
    }
    return ended
  }

  /** What all workers know of refusals and brakes, for transports made later, too. Tells whether something was accepted since that answers them. */
  applyRefusals(refusals: WaitingRefusals): boolean {
    this.#refusals = refusals
    for (const { transport, refusals: known } of this.all) known.update(refusalsOf(transport.name, refusals))
    return this.all.some(({ refusals: known }) => known.isAnswered)
  }

  /** Closes what has been replaced or not been used for long, and has nothing under way. */
  async closeUnused(): Promise<void> {
    const before = this.#tools.clock.monotonic() - unusedFor
    const unused = [...this.#described].filter(
      ([key, { name, slots, usedAt }]) => slots.isIdle && (this.#newest.get(name) !== key || usedAt < before),
    )
    for (const [key, { name }] of unused) {
      this.#described.delete(key)
      if (this.#newest.get(name) === key) this.#newest.delete(name)
    }
    await Promise.allSettled(unused.map(([, { slots }]) => slots.transport.close()))
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map(({ transport }) => transport.close()))
  }
}

function refusalsOf(name: string, { waiting, brakes }: WaitingRefusals): WaitingRefusals {
  if (waiting.length === 0 && brakes.length === 0) return { waiting, brakes }
  const isIts = ({ transport }: { transport: string }) => transport === name
  return { waiting: waiting.filter(isIts), brakes: brakes.filter(isIts) }
}

function limitOfConfig(config: TransportConfig | undefined): Limit | undefined {
  return config === undefined ? undefined : (limitOf(config) as Limit | undefined)
}

/** @throws {PH_CONFIG} {PH_TRANSPORT_UNKNOWN} */
function configOf(name: string, { transports, delivery }: Settings): TransportConfig | undefined {
  const config = transports[name]
  if (config !== undefined || delivery === 'capture') return config
  if (name in transports)
    throw new PosthasteError('PH_CONFIG', `transports.${name} is undefined: is its environment variable set?`)
  throw new PosthasteError(
    'PH_TRANSPORT_UNKNOWN',
    `'${name}'; there are ${Object.keys(transports).join(', ')}`,
  )
}

function makeTransport(
  name: string,
  config: TransportConfig | undefined,
  { settings: { delivery, classify }, clock }: { settings: Settings; clock: Clock },
): Transport {
  if (delivery === 'capture' || config === undefined) return createCapture({ name })
  const transport = createTransport(name, config, { clock, classify })
  return delivery === 'live' ? transport : createRedirect(transport, delivery)
}
