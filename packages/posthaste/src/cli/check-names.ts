import { PosthasteError } from '../errors.ts'
import type { QueueParts } from '../queue/operator.ts'

/** @throws {PH_STREAM_UNKNOWN} a name that would do nothing */
export function checkStream({ settings }: QueueParts, name: string): void {
  const { streams } = settings()
  if (!streams.has(name))
    throw new PosthasteError('PH_STREAM_UNKNOWN', `'${name}'; there are ${[...streams.keys()].join(', ')}`)
}

/** @throws {PH_TRANSPORT_UNKNOWN} */
export function checkTransport({ settings }: QueueParts, name: string): void {
  const names = Object.keys(settings().transports)
  if (!names.includes(name))
    throw new PosthasteError('PH_TRANSPORT_UNKNOWN', `'${name}'; there are ${names.join(', ') || 'none'}`)
}
