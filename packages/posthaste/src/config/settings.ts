import { hostname } from 'node:os'
import { type Border, readAt, readInput } from '../input/reader.ts'
import { Refusal } from '../input/refusal.ts'
import { optional, plainObject, table, withDefault } from '../input/table.ts'
import { duration, longestTimer } from '../input/time.ts'
import { anything, callback, choice, list, number, pattern, text } from '../input/values.ts'
import { type ContentLimits, defaultLimits } from '../mail/limits.ts'
import type { Mail } from '../mail/mail.ts'
import { retryOptions } from '../retry.ts'
import type { QueueConfig } from './queue-config.ts'
import { delivery } from './read-delivery.ts'
import { retentionOptions, type StreamSettings, streams, streamsOf } from './read-streams.ts'
import { greeting, type Transports, transports } from './read-transports.ts'

export type { StreamSettings } from './read-streams.ts'

/** The configuration, checked, with every default filled in. */
export interface Settings {
  readonly database: unknown
  readonly defaults: Mail
  readonly transports: Transports
  readonly streams: ReadonlyMap<string, StreamSettings>
  readonly route: QueueConfig['route']
  readonly bounces: 'all' | 'tenant'
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

const attachments = table(
  {
    roots: withDefault(defaultLimits.roots, list(text({ max: 4_096 }), { max: 1_000 })),
    hosts: withDefault(defaultLimits.hosts, list(text({ max: 260 }), { max: 1_000 })),
    maxSize: withDefault(defaultLimits.maxSize, number({ min: 1, max: 2 ** 40 })),
    fetchTimeout: withDefault(defaultLimits.fetchTimeout, duration({ min: 1, max: longestTimer })),
    streamTimeout: withDefault(defaultLimits.streamTimeout, duration({ min: 1, max: longestTimer })),
  },
  { foreign: { root: "'roots'", allowedHosts: "'hosts'", maxBytes: "'maxSize'", limit: "'maxSize'" } },
)

const plainName = { max: 40, wanted: 'a plain name of up to 40 letters, digits and underscores' }

const fields = {
  database: optional(anything()),
  defaults: withDefault<Mail>({}, (value) => ({ ...plainObject(value) })),
  transports: withDefault<Transports>({}, transports),
  streams: optional(streams),
  route: optional(callback<NonNullable<QueueConfig['route']>>()),
  retry: optional(retryOptions),
  retention: optional(retentionOptions),
  bounces: withDefault('all', choice(['all', 'tenant'])),
  render: withDefault('enqueue', choice(['enqueue', 'deliver'])),
  delivery: withDefault<Settings['delivery']>('live', delivery),
  attachments: withDefault(defaultLimits, attachments),
  schema: withDefault('posthaste', schemaName),
  prefix: withDefault('posthaste_', prefixName),
  ambientTransaction: optional(callback<() => unknown>()),
  classify: optional(callback<NonNullable<QueueConfig['classify']>>()),
  logger: withDefault(() => {}, callback<NonNullable<QueueConfig['logger']>>()),
  hostname: optional(pattern(/^[\w.-]+$|^\[[\w.:]+\]$/, { max: 253, wanted: 'a host name' })),
}

/** What Nodemailer, BullMQ, pg-boss and other queues call them. */
const foreign = {
  db: "'database'",
  connection: "'database'",
  connectionString: "'database'",
  databaseUrl: "'database'",
  url: "'database'",
  redis: "'database': there is no Redis",
  from: "'defaults: { from }'",
  smtp: "'transports: { default: … }'",
  transport: "'transports: { default: … }', or 'route' for a function",
  transporter: "'transports: { default: … }'",
  mailer: "'transports: { default: … }'",
  queues: "'streams'",
  tablePrefix: "'prefix'",
  table: "'prefix'",
  attempts: "'retry: { giveUpAfter }'",
  backoff: "'retry: { first, factor, max }'",
  limiter: "'limit' of a transport or a stream",
  rateLimit: "'limit' of a transport or a stream",
  limit: "'limit' of a transport or a stream",
  concurrency: 'worker({ concurrency })',
  redirect: "'delivery: { redirectTo }'",
  log: "'logger'",
}

const configuration = table(fields, { foreign })

const border: Border = { unknown: 'PH_CONFIG', invalid: 'PH_CONFIG' }

/** @throws {PH_CONFIG} naming the option */
export function readSettings(config: QueueConfig): Settings {
  return readInput(settings, config, border)
}

/** Reads transports that are filled in later. @throws {PH_CONFIG} naming the option */
export function readTransports(given: unknown, { hostname }: Settings): Transports {
  return readInput(
    (value) => readAt('transports', () => greeting(transports(value), hostname)),
    given,
    border,
  )
}

function settings(config: unknown): Settings {
  const read = configuration(config)
  const { retry, retention, attachments: limits, ...rest } = read
  return {
    ...rest,
    transports: greeting(read.transports, read.hostname),
    streams: streamsOf(read.streams, { retry, retention, transports: read.transports }),
    limits,
    hostname: read.hostname ?? hostname(),
  }
}

const plain = pattern(/^[A-Za-z_]\w*$/, plainName)

function schemaName(value: unknown): string {
  const name = plain(value)
  if (/^(?:pg_|information_schema$)/.test(name))
    throw new Refusal("is a name that PostgreSQL keeps for itself: choose one that does not begin with 'pg_'")
  return name
}

function prefixName(value: unknown): string {
  const name = plain(value)
  if (/^sqlite_/i.test(name))
    throw new Refusal(
      "is a prefix that SQLite keeps for itself: choose one that does not begin with 'sqlite_'",
    )
  return name
}
