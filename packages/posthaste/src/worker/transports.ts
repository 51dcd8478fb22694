import type { Clock } from '../clock.ts'
import type { Limit } from '../config/queue-config.ts'
import type { Settings, StreamSettings } from '../config/settings.ts'
import { PosthasteError } from '../errors.ts'
import { createCapture } from '../transports/capture.ts'
import { createTransport, limitOf } from '../transports/create-transport.ts'
import { createRedirect } from '../transports/redirect.ts'
import type { Transport } from '../transports/transport.ts'
import { createChooser } from './chooser.ts'
import { Limiter } from './limiter.ts'
import { Slots } from './slots.ts'

/**
 * The ways out of one worker: each transport's slots serve the streams that use it. A stream with a limit of its own shares the transport, and
 * the transport's limit, but not the slots.
 */
export function slotsOf(
  settings: Settings,
  options: { clock: Clock; streams: readonly string[] | undefined; concurrency: number },
): Slots[] {
  const groups = Map.groupBy(served(settings, options.streams), (stream) => groupOf(stream, settings))
  const transports = onceEach((name: string) => makeTransport(name, settings, options.clock))
  const limiters = onceEach((name: string) => new Limiter(limitOfName(name, settings)))
  return [...groups.values()].map((members) => {
    const [stream] = members
    const name = stream && nameFor(stream, settings)
    const transport =
      name === undefined && settings.chooseTransport
        ? createChooser({ choose: settings.chooseTransport, transportOf: transports, clock: options.clock })
        : transports(name ?? defaultTransport(settings))
    return new Slots(transport, {
      streams: members.map(({ name }) => name),
      size: Math.min(options.concurrency, transport.maxConnections),
      limiters: [limiters(transport.name), new Limiter(stream?.limit)],
    })
  })
}

/** Remembers what it made under each name. */
function onceEach<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>()
  return (name) => {
    const one = made.get(name) ?? make(name)
    made.set(name, one)
    return one
  }
}

/** The streams that a worker serves. @throws {PH_STREAM_UNKNOWN} */
export function served(settings: Settings, names: readonly string[] | undefined): StreamSettings[] {
  if (!names) return [...settings.streams.values()]
  return names.map((name) => {
    const stream = settings.streams.get(name)
    if (!stream) throw new PosthasteError('PH_STREAM_UNKNOWN', `'${name}'`)
    return stream
  })
}

/** Streams of one transport share its slots, but for those with a limit of their own. */
function groupOf(stream: StreamSettings, settings: Settings): string {
  return `${stream.limit ? stream.name : ''} ${nameFor(stream, settings) ?? ''}`
}

/** The transport of a stream; undefined where it is chosen mail by mail. */
function nameFor({ transport }: StreamSettings, settings: Settings): string | undefined {
  if (transport === undefined && settings.chooseTransport) return undefined
  return transport ?? defaultTransport(settings)
}

/** @throws {PH_CONFIG} there is none */
export function defaultTransport({ transports, delivery }: Settings): string {
  const names = Object.keys(transports)
  if ('default' in transports) return 'default'
  if (names.length === 1 && names[0] !== undefined) return names[0]
  if (delivery === 'capture') return 'capture'
  throw new PosthasteError(
    'PH_CONFIG',
    names.length === 0
      ? "there is no transport: set `transports: { default: 'smtp://…' }`, or POSTHASTE_SMTP_URL on the command line"
      : `none of the transports ${names.join(', ')} is named 'default', and a stream names none`,
  )
}

function makeTransport(name: string, settings: Settings, clock: Clock): Transport {
  if (settings.delivery === 'capture') return createCapture({ name })
  const config = settings.transports[name]
  if (config === undefined && name in settings.transports)
    throw new PosthasteError('PH_CONFIG', `transports.${name} is undefined: is its environment variable set?`)
  if (config === undefined)
    throw new PosthasteError(
      'PH_TRANSPORT_UNKNOWN',
      `'${name}'; there are ${Object.keys(settings.transports).join(', ')}`,
    )
  const transport = createTransport(name, config, { clock, classify: settings.classify })
  return settings.delivery === 'live' ? transport : createRedirect(transport, settings.delivery)
}

function limitOfName(name: string, settings: Settings): Limit | undefined {
  const config = settings.transports[name]
  return config === undefined ? undefined : limitOf(config)
}
