import { hostname } from 'node:os'
import { PosthasteError } from '../errors.ts'
import { type ContentLimits, defaultLimits } from '../mail/limits.ts'
import { type Mail, type OnUnknown, type Priority, priorities } from '../mail/mail.ts'
import { readRetry } from '../options.ts'
import { defaultRetry, type RetryPolicy } from '../retry.ts'
import { milliseconds } from './durations.ts'
import { readLimit } from './limit.ts'
import type { AttachmentOptions, Limit, QueueConfig, RetentionOptions, StreamConfig } from './queue-config.ts'

/** The configuration, checked, with every default filled in. */
export interface Settings {
  readonly database: unknown
  readonly defaults: Mail
  readonly transports: NonNullable<QueueConfig['transports']>
  readonly streams: ReadonlyMap<string, StreamSettings>
  readonly chooseTransport: QueueConfig['transport']
  readonly render: 'enqueue' | 'deliver'
  readonly delivery: NonNullable<QueueConfig['delivery']>
  readonly limits: ContentLimits
  readonly schema: string
  readonly prefix: string
  readonly ambientTransaction: (() => unknown) | undefined
  readonly classify: QueueConfig['classify']
  readonly logger: NonNullable<QueueConfig['logger']>
  readonly hostname: string
}

export interface StreamSettings {
  readonly name: string
  readonly transport: string | undefined
  readonly priority: Priority | undefined
  readonly expiresIn: number | undefined
  readonly retry: RetryPolicy
  readonly limit: Limit | undefined
  readonly onUnknown: OnUnknown
  readonly retention: Retention
}

/** Milliseconds; Infinity keeps for ever. */
export interface Retention {
  readonly sent: number
  readonly failed: number
  readonly bodies: number
}

const defaultRetention: Retention = { sent: 30 * 86_400_000, failed: 90 * 86_400_000, bodies: 7 * 86_400_000 }

const names = [
  'database',
  'defaults',
  'transports',
  'streams',
  'transport',
  'retry',
  'retention',
  'render',
  'delivery',
  'attachments',
  'schema',
  'prefix',
  'ambientTransaction',
  'classify',
  'logger',
  'hostname',
]

/** @throws {PH_CONFIG} naming the option */
export function readSettings(config: QueueConfig): Settings {
  onlyThese(config, names)
  onlyThese(config.attachments, ['roots', 'hosts', 'maxSize', 'fetchTimeout'], 'attachments.')
  if (config.render !== undefined && config.render !== 'enqueue' && config.render !== 'deliver')
    throw wrong("render is neither 'enqueue' nor 'deliver'")
  return {
    database: config.database,
    defaults: config.defaults ?? {},
    transports: readTransports(config),
    streams: readStreams(config),
    chooseTransport: config.transport,
    render: config.render ?? 'enqueue',
    delivery: readDelivery(config.delivery),
    limits: readLimits(config.attachments),
    schema: identifier(config.schema, 'schema') ?? 'posthaste',
    prefix: identifier(config.prefix, 'prefix') ?? 'posthaste_',
    ambientTransaction: config.ambientTransaction,
    classify: config.classify,
    logger: config.logger ?? (() => {}),
    hostname: config.hostname ?? hostname(),
  }
}

function readLimits({ fetchTimeout, ...given }: AttachmentOptions = {}): ContentLimits {
  const read = { ...defaultLimits, ...given }
  if (!(read.maxSize > 0)) throw wrong('attachments.maxSize is not a number of bytes')
  return fetchTimeout === undefined
    ? read
    : { ...read, fetchTimeout: inConfig(() => milliseconds(fetchTimeout, 'attachments.fetchTimeout')) }
}

/** What a transport is becomes clear when it is made; how fast it may be is known now. */
function readTransports({ transports = {} }: QueueConfig): Settings['transports'] {
  for (const [name, transport] of Object.entries(transports))
    if (typeof transport === 'object' && transport !== null && 'limit' in transport)
      readLimit(transport.limit, `transports.${name}.limit`)
  return transports
}

function readStreams(config: QueueConfig): Map<string, StreamSettings> {
  const base = {
    retry: inConfig(() => readRetry(config.retry, defaultRetry)),
    retention: readRetention(config.retention, defaultRetention),
  }
  const streams = new Map<string, StreamSettings>()
  for (const [name, stream] of Object.entries({ default: {}, ...config.streams })) {
    if (!/^[\w.-]{1,60}$/.test(name))
      throw wrong(`the stream name '${name}' is not 1 to 60 letters, digits, dots, dashes`)
    streams.set(
      name,
      inConfig(() => readStream(name, stream, base), `streams.${name}`),
    )
  }
  for (const { name, transport } of streams.values())
    if (transport !== undefined && !(transport in (config.transports ?? {})))
      throw wrong(`streams.${name}.transport: there is no transport '${transport}'`)
  return streams
}

function readStream(
  name: string,
  stream: StreamConfig,
  base: { retry: RetryPolicy; retention: Retention },
): StreamSettings {
  onlyThese(stream, ['transport', 'priority', 'expiresIn', 'retry', 'limit', 'onUnknown', 'retention'])
  oneOf(stream.priority, priorities, 'priority')
  oneOf(stream.onUnknown, ['retry', 'hold'], 'onUnknown')
  return {
    name,
    transport: stream.transport,
    priority: stream.priority,
    expiresIn: stream.expiresIn === undefined ? undefined : milliseconds(stream.expiresIn, 'expiresIn'),
    retry: readRetry(stream.retry, base.retry),
    limit: readLimit(stream.limit, 'limit'),
    onUnknown: stream.onUnknown ?? 'retry',
    retention: readRetention(stream.retention, base.retention),
  }
}

function readRetention(options: RetentionOptions | undefined, base: Retention): Retention {
  onlyThese(options, ['sent', 'failed', 'bodies'], 'retention.')
  const read = (name: keyof Retention) => {
    const value = options?.[name]
    if (value === undefined) return base[name]
    return value === 'forever'
      ? Number.POSITIVE_INFINITY
      : inConfig(() => milliseconds(value, `retention.${name}`))
  }
  return { sent: read('sent'), failed: read('failed'), bodies: read('bodies') }
}

function readDelivery(delivery: QueueConfig['delivery']): Settings['delivery'] {
  if (delivery === undefined || delivery === 'live' || delivery === 'capture') return delivery ?? 'live'
  if (
    typeof delivery === 'object' &&
    typeof delivery.redirectTo === 'string' &&
    delivery.redirectTo.includes('@')
  )
    return delivery
  throw wrong("delivery is neither 'live', 'capture' nor { redirectTo: ADDRESS }")
}

function identifier(value: string | undefined, option: string): string | undefined {
  if (value !== undefined && !/^[A-Za-z_]\w{0,39}$/.test(value))
    throw wrong(`${option} is not a plain name of up to 40 letters, digits and underscores`)
  return value
}

function onlyThese(options: object | undefined, known: readonly string[], where = ''): void {
  for (const name of Object.keys(options ?? {}))
    if (!known.includes(name)) throw wrong(`there is no option '${where}${name}'`)
}

function oneOf(value: unknown, allowed: readonly unknown[], option: string): void {
  if (value !== undefined && !allowed.includes(value))
    throw wrong(`${option} is ${JSON.stringify(value)}, not one of ${allowed.join(', ')}`)
}

function inConfig<T>(read: () => T, where = ''): T {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof PosthasteError && cause.code !== 'PH_CONFIG'
      ? new PosthasteError('PH_CONFIG', `${where} ${cause.message}`.trim(), { cause })
      : cause
  }
}

function wrong(detail: string): PosthasteError {
  return new PosthasteError('PH_CONFIG', detail)
}
