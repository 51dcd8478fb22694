import { readTransports, type Settings } from '../config/settings.ts'
import { PosthasteError } from '../errors.ts'
import { milliseconds } from '../input/time.ts'
import type { TransportConfig } from '../transports/create-transport.ts'
import type { DescribedTransport } from './transports.ts'

/** Where the mail of a flow goes; a name is one of the configuration's. */
export interface Route {
  readonly to: string | DescribedTransport
  /** Milliseconds. */
  readonly cacheFor: number
}

const usually = 60_000
const atMost = 3_600_000

/** Reads what the route function returned, which may be anything. @throws {PH_CONFIG} {PH_TRANSPORT_UNKNOWN} {PH_OPTION_INVALID} */
export function readRouteAnswer(
  answer: unknown,
  { settings, usual }: { settings: Settings; usual: () => string },
): Route {
  if (answer === undefined || answer === null) return { to: usual(), cacheFor: usually }
  if (typeof answer === 'string') return { to: configured(answer, settings), cacheFor: usually }
  if (typeof answer !== 'object') throw refused(`a ${typeof answer} is not a transport`)
  const { name, smtp, cacheFor } = answer as Record<string, unknown>
  if (typeof name !== 'string') throw refused('an object without a `name`')
  return {
    to: smtp === undefined ? configured(name, settings) : described(name, smtp, settings),
    cacheFor: cacheFor === undefined ? usually : Math.min(atMost, milliseconds(cacheFor, 'cacheFor')),
  }
}

function configured(name: string, { transports, delivery }: Settings): string {
  if (Object.hasOwn(transports, name) || delivery === 'capture') return name
  const names = Object.keys(transports).join(', ')
  throw new PosthasteError('PH_TRANSPORT_UNKNOWN', `'${name.slice(0, 60)}'; there are ${names}`)
}

function described(name: string, smtp: unknown, settings: Settings): DescribedTransport {
  if (!/^[\w.-]{1,60}$/.test(name)) throw refused('its `name` is not 1 to 60 letters, digits, dots, dashes')
  if (Object.hasOwn(settings.transports, name))
    throw refused(`'${name}' has \`smtp\` and is one of \`transports\`, too`)
  if (typeof smtp !== 'object' || smtp === null) throw refused('its `smtp` is not an object')
  const config = readTransports({ [name]: { ...smtp } }, settings)[name]
  if (config === undefined) throw refused('its `smtp` is not an object')
  return { name, content: contentOf(config), config }
}

/** Functions do not count: each answer brings new ones. */
function contentOf(config: TransportConfig): string {
  return JSON.stringify(config, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

function refused(detail: string): PosthasteError {
  return new PosthasteError('PH_CONFIG', `route: ${detail}`)
}
