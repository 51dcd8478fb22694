import { types } from 'node:util'
import { type ErrorCode, PosthasteError } from '../errors.ts'
import { asRefusal, Refusal } from './refusal.ts'
import { show } from './show.ts'

/** Gives the value that the inside may trust, or throws a {@link Refusal}. It is never asked about `undefined`: that is absence. */
export type Reader<T> = (value: unknown) => T

/** Which errors of the catalogue a border speaks. */
export interface Border {
  /** A name that does not exist. */
  readonly unknown: ErrorCode
  /** A value that an option cannot take. */
  readonly invalid: ErrorCode
  /** What a name is called in messages. @default 'option' */
  readonly noun?: string
  /** Stands before every path. */
  readonly at?: string
}

export const optionBorder: Border = { unknown: 'PH_OPTION_UNKNOWN', invalid: 'PH_OPTION_INVALID' }

/** Reads what comes from outside. Whatever is wrong with it, the error is one of the catalogue. */
export function readInput<T>(read: Reader<T>, value: unknown, border: Border = optionBorder): T {
  try {
    return read(value)
  } catch (thrown) {
    if (isOurs(thrown)) throw thrown
    throw refused(asRefusal(thrown), border)
  }
}

function refused(refusal: Refusal, { unknown, invalid, noun = 'option', at }: Border): PosthasteError {
  if (at !== undefined) refusal.prefix(at)
  const { kind, path, message, cause } = refusal
  const options = cause === undefined ? undefined : { cause }
  if (kind === 'unknown')
    return new PosthasteError(unknown, `there is no ${noun} '${path}'${message}`, options)
  return new PosthasteError(invalid, `${path || `the ${noun}s`} ${message}`, options)
}

/** Reads what stands under a name or an index, and names it in what goes wrong. */
export function readAt<T>(step: string | number, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (isOurs(thrown)) throw thrown
    throw asRefusal(thrown).prefix(step)
  }
}

/** Asked in this order, since a thrown proxy may throw when it is asked for its class. */
function isOurs(thrown: unknown): thrown is PosthasteError {
  return types.isNativeError(thrown) && thrown instanceof PosthasteError
}

export function isNot(value: unknown, wanted: string): Refusal {
  return new Refusal(`is ${show(value)}, not ${wanted}`)
}
