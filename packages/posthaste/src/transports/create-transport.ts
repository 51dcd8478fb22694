import type { Clock } from '../clock.ts'
import { isPosthasteError, PosthasteError } from '../errors.ts'
import { readInput } from '../input/reader.ts'
import type { Limit } from '../limit.ts'
import { createAppTransport } from './app-transport.ts'
import type { ClassifyHook } from './outcome/classify-hook.ts'
import { createSmtpLane } from './smtp/lane.ts'
import type { SmtpOptions } from './smtp/options.ts'
import { smtpOptions } from './smtp/read-options.ts'
import type { Transport } from './transport.ts'
import { createTransporterTransport, type TransporterOptions } from './transporter.ts'
import type { Transporter } from './transporter-shape.ts'

/** A Nodemailer transporter, or one with how to use it. */
export type TransporterConfig =
  | Transporter
  | (Pick<TransporterOptions, 'transporter' | 'maxConnections' | 'content' | 'sendTimeout'> & {
      readonly limit?: Limit | undefined
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
  | (SmtpOptions & { readonly limit?: Limit | undefined })
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
export function limitOf(config: TransportConfig): Limit | undefined {
  return typeof config === 'object' && 'limit' in config ? config.limit : undefined
}

function make(name: string, config: TransportConfig, tools: TransportTools): Transport {
  if (typeof config === 'string') return lane(name, config, tools)
  if (typeof config !== 'object' || config === null)
    throw refused(name, `a ${config === null ? 'null' : typeof config} is not a transport`)
  if (isTransport(config)) return createAppTransport(name, config, tools.classify)
  if (isTransporter(config))
    return createTransporterTransport({ name, transporter: config, classify: tools.classify })
  if ('transporter' in config)
    return createTransporterTransport({ ...wrapped(name, config), name, classify: tools.classify })
  return lane(name, config, tools)
}

function lane(name: string, config: unknown, { clock, classify }: TransportTools): Transport {
  const border = { unknown: 'PH_CONFIG', invalid: 'PH_CONFIG', at: `transports.${name}` } as const
  const { limit: _, ...smtp } = readInput(smtpOptions, config, border)
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

function refused(name: string, detail: string, cause?: unknown): PosthasteError {
  return new PosthasteError('PH_CONFIG', `transports.${name}: ${detail}`, { cause })
}
