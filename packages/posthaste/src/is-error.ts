import { types } from 'node:util'

/** True for errors of other realms too: jest runs an app in a realm of its own, where nothing that Node throws is an `instanceof Error`. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}
