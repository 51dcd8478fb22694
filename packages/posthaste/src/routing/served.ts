import type { Settings, StreamSettings } from '../config/settings.ts'
import { PosthasteError } from '../errors.ts'

/** The streams that a worker serves. @throws {PH_STREAM_UNKNOWN} */
export function served(settings: Settings, names: readonly string[] | undefined): StreamSettings[] {
  if (!names) return [...settings.streams.values()]
  return names.map((name) => {
    const stream = settings.streams.get(name)
    if (!stream)
      throw new PosthasteError(
        'PH_STREAM_UNKNOWN',
        `'${name}'; there are ${[...settings.streams.keys()].join(', ')}`,
      )
    return stream
  })
}

/** The transport that a stream's mail takes by the configuration alone. @throws {PH_CONFIG} there is none */
export function transportOf({ transport }: Pick<StreamSettings, 'transport'>, settings: Settings): string {
  return transport ?? defaultTransport(settings)
}

function defaultTransport({ transports, delivery }: Settings): string {
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
