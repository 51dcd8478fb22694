import { hostname } from 'node:os'
import type { Clock } from '../clock.ts'
import type { StreamSettings } from '../config/settings.ts'
import type { Events } from '../events.ts'
import { milliseconds } from '../input/time.ts'
import type { Intake } from '../routing/intake.ts'
import type { RoutedOutlet } from '../routing/routed-outlet.ts'
import type { Asking, Routed } from '../routing/router.ts'
import { routesOf } from '../routing/routes.ts'
import { served } from '../routing/served.ts'
import { Transports } from '../routing/transports.ts'
import type { Claim, Store } from '../store/store.ts'
import { version } from '../version.ts'
import { Budget, type BudgetOptions } from './budget.ts'
import { InFlightSet } from './in-flight.ts'
import { Lease } from './lease.ts'
import { Reconciler } from './reconciler.ts'
import type { Wakeup } from './wakeup.ts'
import type { WorkerOptions, WorkerTools } from './worker-options.ts'

/** What those who started a worker hold of it. */
export interface WorkerControls {
  readonly events: Events
  readonly wakeup: Wakeup
  /** Ends conversations that outlast the time for a stop. */
  readonly abort: AbortSignal
  /** @default no bound */
  readonly budget?: BudgetOptions
  /** Only these mails. @default all */
  readonly ids?: readonly string[] | undefined
}

/** What the steps of a worker share. */
export interface WorkerContext extends Omit<WorkerControls, 'budget'> {
  readonly store: Store
  readonly clock: Clock
  readonly random: () => number
  readonly lease: Lease
  readonly streams: ReadonlyMap<string, StreamSettings>
  readonly transports: Transports
  /** What is claimed, and for what. */
  readonly intakes: readonly Intake[]
  /** Where a mail goes. */
  readonly route: (claim: Claim) => Routed | Asking
  /** There is a route function: mail is claimed before its transport is known. */
  readonly routed: RoutedOutlet | undefined
  readonly inFlight: InFlightSet
  readonly budget: Budget
  readonly reconciler: Reconciler
}

/** @throws {PH_CONFIG} {PH_STREAM_UNKNOWN} {PH_NOT_MIGRATED} {PH_DATABASE_UNREACHABLE} */
export async function makeContext(
  { settings, clock, connection, random }: WorkerTools,
  options: WorkerOptions,
  { budget, ...controls }: WorkerControls,
): Promise<WorkerContext> {
  const { store } = await connection.ready()
  const lease = new Lease(store, clock, leaseTerms(options))
  const inFlight = new InFlightSet()
  const streams = served(settings, options.streams)
  const transports = new Transports(settings, { clock, concurrency: options.concurrency ?? 10 })
  return {
    ...controls,
    store,
    clock,
    random,
    lease,
    streams: new Map(streams.map((stream) => [stream.name, stream])),
    transports,
    ...routesOf(settings, { streams, transports, clock }),
    inFlight,
    budget: new Budget(budget ?? {}),
    reconciler: new Reconciler({ ...controls, store, clock, lease, inFlight }),
  }
}

function leaseTerms({ streams, concurrency = 10, lease, name }: WorkerOptions) {
  return {
    name: name ?? `${hostname()}:${process.pid}`,
    version,
    streams: streams ?? null,
    concurrency,
    length: Math.max(1_000, milliseconds(lease ?? '15s', 'lease')),
  }
}
