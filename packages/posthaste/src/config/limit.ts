import { PosthasteError } from '../errors.ts'
import type { Limit } from './queue-config.ts'

const names = ['perSecond', 'perMinute', 'perDay']

/** A limit of nothing would still let one mail go: to stop mail there is pause(). @throws {PH_CONFIG} */
export function readLimit(limit: unknown, option: string): Limit | undefined {
  if (limit === undefined) return undefined
  if (typeof limit !== 'object' || limit === null)
    throw wrong(`${option} is not { perSecond?, perMinute?, perDay? }`)
  for (const [name, value] of Object.entries(limit)) {
    if (!names.includes(name)) throw wrong(`${option}: there is no '${name}'`)
    if (value !== undefined && !(typeof value === 'number' && value > 0))
      throw wrong(`${option}.${name} is ${String(value)}, not a number above 0; pause() stops mail`)
  }
  return limit
}

function wrong(detail: string): PosthasteError {
  return new PosthasteError('PH_CONFIG', detail)
}
