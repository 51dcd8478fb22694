import type { Clock } from '../clock.ts'
import { isPosthasteError, PosthasteError } from '../errors.ts'
import { createSmtpLane } from './smtp/lane.ts'
import type { SmtpOptions } from './smtp/options.ts'
import type { Transport } from './transport.ts'
import { createTransporterTransport, type Transporter, type TransporterOptions } from './transporter.ts'
import type { ClassifyHook } from './verdict-hook.ts'

/**
 * How much each worker may send through a transport, spread evenly over the time; a fleet of two sends twice as much.
 *
 * @default no bound
 */
export interface TransportLimit {
  /** Mails in a second. */
  readonly perSecond?: number | undefined
  /** Mails in a minute. */
  readonly perMinute?: number | undefined
  /** Mails in a day. */
  readonly perDay?: number | undefined
}

/** A Nodemailer transporter, or one with how to use it. */
export type TransporterConfig =
  | Transporter
  | (Pick<TransporterOptions, 'transporter' | 'maxConnections' | 'content' | 'sendTimeout'> & {
      readonly limit?: TransportLimit | undefined
    })

/**
 * What may stand under `transports` in the configuration: an SMTP URL, SMTP options, a Nodemailer transporter, or a {@link Transport} of
 * your own.
 *
 * @example
 * { main: 'smtp://user:pass@mail.example.com:587', bulk: { url: 'smtps://…', maxConnections: 4, limit: { perSecond: 10 } }, api: nodemailer.createTransport(mailgun(…)) }
 */
export type TransportConfig =
  | string
  | (SmtpOptions & { readonly limit?: TransportLimit | undefined })
  | TransporterConfig
  | Transport

export interface TransportTools {
  readonly clock: Clock
  readonly classify?: ClassifyHook | undefined
}

/**
 * Makes the transport that a configuration value describes; connects to nothing.
 *
 * @throws {PH_CONFIG} naming the transport, when the value is none of the known forms
 * @throws {PH_NESTED_QUEUE} when the value is the queue's own transport
 */
export function createTransport(name: string, config: TransportConfig, tools: TransportTools): Transport {
  try {
    return make(name, config, tools)
  } catch (error) {
    if (isPosthasteError(error)) throw error
    throw refused(name, 'its options cannot be read', error)
  }
}

/** The limit that a configuration value carries. */
export function limitOf(config: TransportConfig): TransportLimit | undefined {
  return typeof config === 'object' && 'limit' in config ? config.limit : undefined
}

function make(name: string, config: TransportConfig, tools: TransportTools): Transport {
  if (typeof config === 'string') return lane(name, { url: config }, tools)
  if (typeof config !== 'object' || config === null)
    throw refused(name, `a ${config === null ? 'null' : typeof config} is not a transport`)
  if (isTransport(config)) return renamed(name, config)
  if (isTransporter(config))
    return createTransporterTransport({ name, transporter: config, classify: tools.classify })
  if ('transporter' in config)
    return createTransporterTransport({ ...wrapped(name, config), name, classify: tools.classify })
  return lane(name, config, tools)
}

function lane(
  name: string,
  config: SmtpOptions & { limit?: unknown },
  { clock, classify }: TransportTools,
): Transport {
  const { limit: _, ...smtp } = config
  const foreign = ['sendmail', 'SES', 'streamTransport', 'jsonTransport', 'send'].find((key) => key in smtp)
  if (foreign)
    throw refused(
      name,
      `options with \`${foreign}\` are Nodemailer's: pass nodemailer.createTransport(options)`,
    )
  if (smtp.url !== undefined && !/^\s*smtps?:/i.test(smtp.url))
    throw refused(name, 'its URL must begin with smtp:// or smtps://')
  return createSmtpLane({ name, smtp, clock, classify })
}

function wrapped(
  name: string,
  config: object,
): Pick<TransporterOptions, 'transporter' | 'maxConnections' | 'content' | 'sendTimeout'> {
  const { transporter } = config as { transporter: unknown }
  if (!isTransporter(transporter)) throw refused(name, '`transporter` is not a Nodemailer transporter')
  return { ...config, transporter }
}

function isTransport(value: object): value is Transport {
  return 'deliver' in value && typeof value.deliver === 'function'
}

function isTransporter(value: unknown): value is Transporter {
  return (
    typeof value === 'object' && value !== null && 'sendMail' in value && typeof value.sendMail === 'function'
  )
}

function renamed(name: string, transport: Transport): Transport {
  return {
    name,
    maxConnections: transport.maxConnections,
    deliver: (dispatch, signal) => transport.deliver(dispatch, signal),
    verify: () => transport.verify(),
    close: () => transport.close(),
  }
}

function refused(name: string, detail: string, cause?: unknown): PosthasteError {
  return new PosthasteError('PH_CONFIG', `transports.${name}: ${detail}`, { cause })
}
