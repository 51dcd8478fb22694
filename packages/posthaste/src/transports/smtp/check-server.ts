import { PosthasteError } from '../../errors.ts'
import type { SmtpOptions } from './options.ts'
import type { ServerOptions } from './server.ts'

/** @throws {PH_CONFIG} naming the transport and what is wrong */
export function checkServer(name: string, options: ServerOptions): void {
  if (!options.host && !options.getSocket) {
    const service = options.service
      ? `the service ${JSON.stringify(options.service)} is not known`
      : 'it names no url, host or service'
    throw new PosthasteError('PH_CONFIG', `transports.${name}: ${service}`)
  }
  for (const option of positive) {
    const value = options[option]
    if (value === undefined || (typeof value === 'number' && value > 0)) continue
    throw new PosthasteError('PH_CONFIG', `transports.${name}: ${option} must be a number above zero`)
  }
}

const positive = [
  'maxConnections',
  'maxMessages',
  'idleTimeout',
  'connectionTimeout',
  'greetingTimeout',
  'socketTimeout',
  'conversationTimeout',
  'finalReplyTimeout',
] as const satisfies readonly (keyof SmtpOptions)[]
