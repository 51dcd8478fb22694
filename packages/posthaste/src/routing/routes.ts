import type { Clock } from '../clock.ts'
import type { Settings, StreamSettings } from '../config/settings.ts'
import type { Claim } from '../store/store.ts'
import { Intake } from './intake.ts'
import { Limiter } from './limiter.ts'
import { readRouteAnswer } from './route-answer.ts'
import { RoutedOutlet } from './routed-outlet.ts'
import { type Asking, type Routed, Router } from './router.ts'
import { transportOf } from './served.ts'
import type { Transports } from './transports.ts'

/** How mail comes to its transport. */
export interface Routes {
  readonly intakes: readonly Intake[]
  readonly route: (claim: Claim) => Routed | Asking
  /** Undefined where each stream has one transport. */
  readonly routed: RoutedOutlet | undefined
}

export interface RoutesOptions {
  readonly streams: readonly StreamSettings[]
  readonly transports: Transports
  readonly clock: Clock
}

/** @throws {PH_CONFIG} a stream without a route function has no transport, or one that cannot be made */
export function routesOf(settings: Settings, options: RoutesOptions): Routes {
  return settings.route ? byFunction(settings, settings.route, options) : byStream(settings, options)
}

/** Each transport claims for its own streams. */
function byStream(settings: Settings, { streams, transports }: RoutesOptions): Routes {
  const groups = Map.groupBy(streams, (stream) => transportOf(stream, settings))
  const routes = new Map<string, Routed>()
  const intakes = [...groups].map(([name, members]) => {
    const slots = transports.named(name)
    for (const stream of members) routes.set(stream.name, { slots })
    return new Intake(slots, sourcesOf(members))
  })
  const route = ({ stream }: Claim) => routes.get(stream) ?? { reason: `no stream '${stream}'`, until: 0 }
  return { intakes, route, routed: undefined }
}

/** All streams are claimed together. */
function byFunction(
  settings: Settings,
  route: NonNullable<Settings['route']>,
  { streams, transports, clock }: RoutesOptions,
): Routes {
  const byName = new Map(streams.map((stream) => [stream.name, stream]))
  const router = new Router({
    clock,
    route,
    read: (answer, { stream: name }) => {
      const stream = byName.get(name)
      return readRouteAnswer(answer, {
        settings,
        usual: () => transportOf(stream ?? { transport: undefined }, settings),
      })
    },
    slotsFor: (to) => (typeof to === 'string' ? transports.named(to) : transports.described(to)),
    backingOff: () => transports.backingOff(clock.now()),
  })
  const routed = new RoutedOutlet(
    () => transports.all,
    (now) => transports.halfOpen(now),
  )
  return { intakes: [new Intake(routed, sourcesOf(streams))], route: (claim) => router.find(claim), routed }
}

/** Streams without a limit of their own are claimed together, each other one alone. */
function sourcesOf(streams: readonly StreamSettings[]) {
  const groups = Map.groupBy(streams, ({ name, limit }) => (limit ? name : ''))
  return [...groups.values()].map((members) => ({
    streams: members.map(({ name }) => name),
    limiter: new Limiter(members[0]?.limit),
  }))
}
