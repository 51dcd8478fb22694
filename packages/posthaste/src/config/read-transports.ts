import { isNot, readAt } from '../input/reader.ts'
import { Refusal } from '../input/refusal.ts'
import { optional, present, record, table } from '../input/table.ts'
import { longestTimer } from '../input/time.ts'
import { anything, callback, choice, number, text } from '../input/values.ts'
import { limit } from '../limit.ts'
import type { TransportConfig } from '../transports/create-transport.ts'
import type { SmtpOptions } from '../transports/smtp/options.ts'
import { smtpOptions } from '../transports/smtp/read-options.ts'
import type { Transporter } from '../transports/transporter-shape.ts'

export type Transports = Readonly<Record<string, TransportConfig | undefined>>

/** The column that keeps it is as wide. */
const transportName = text({ max: 60 })

/** A variable of the environment that is not set becomes clear when the transport is used. */
const namedTransports = record(transportName, (value) => (value === undefined ? undefined : transport(value)))

export function transports(value: unknown): Transports {
  return Object.fromEntries(namedTransports(value))
}

/** Objects of a class of the app's are taken as they are; what they return is read when they are used. */
function transport(value: unknown): TransportConfig {
  if (typeof value === 'string') return smtpOptions(value)
  if (typeof value !== 'object' || value === null) throw isNot(value, 'a transport')
  if (has(value, 'deliver')) return limited(appTransport(value))
  if (has(value, 'sendMail')) return limited(value as TransportConfig)
  if ('transporter' in value) return transporterOptions(value) as TransportConfig
  return smtpOptions(value)
}

/** SMTP servers are greeted by the name that the queue was given, unless a transport has one of its own. */
export function greeting(transports: Transports, hostname: string | undefined): Transports {
  if (hostname === undefined) return transports
  const named = Object.entries(transports).map(([name, one]) => [
    name,
    isSmtp(one) ? { name: hostname, ...one } : one,
  ])
  return Object.fromEntries(named)
}

function isSmtp(value: TransportConfig | undefined): value is SmtpOptions {
  return (
    typeof value === 'object' &&
    !has(value, 'deliver') &&
    !has(value, 'sendMail') &&
    !('transporter' in value)
  )
}

function has(value: object, method: string): boolean {
  return method in value && typeof (value as Record<string, unknown>)[method] === 'function'
}

const appTransportFields = {
  name: transportName,
  maxConnections: number({ min: 1, max: 10_000, whole: true }),
  verify: callback(),
  close: callback(),
}

/** The app's own, whose methods need it as their `this`: it is looked at and kept. */
function appTransport(value: object): TransportConfig {
  for (const [name, read] of Object.entries(appTransportFields))
    readAt(name, () => read((value as Record<string, unknown>)[name]))
  return value as TransportConfig
}

function limited(value: TransportConfig): TransportConfig {
  const own = (value as { limit?: unknown }).limit
  if (own !== undefined) readAt('limit', () => limit(own))
  return value
}

const transporterFields = table(
  {
    transporter: optional(anything<Transporter>()),
    maxConnections: optional(number({ min: 1, max: 10_000, whole: true })),
    content: optional(choice(['mime', 'structured'])),
    sendTimeout: optional(number({ min: 1, max: longestTimer })),
    limit: optional(limit),
  },
  { foreign: { rateLimit: "'limit: { perSecond }'", rateDelta: "'limit'", timeout: "'sendTimeout'" } },
)

function transporterOptions(value: object): object {
  const read = transporterFields(value)
  if (!read.transporter || !has(Object(read.transporter), 'sendMail'))
    throw new Refusal('is not a Nodemailer transporter').prefix('transporter')
  return present(read)
}
