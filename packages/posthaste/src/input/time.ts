import { types } from 'node:util'
import { isNot, optionBorder, type Reader, readAt, readInput } from './reader.ts'

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w'

/** Milliseconds, or text: `'500ms'`, `'30s'`, `'20m'`, `'4h'`, `'7d'`, `'2w'`. Up to 100 years. */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`

/** A Date, or ISO 8601 with an offset (`2026-11-24T09:00:00Z`), from 1970 to 9999. A number is refused: it may be seconds or milliseconds. */
export type Instant = Date | string

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** 100 years in milliseconds. */
export const longestDuration = 36_525 * 86_400_000
/** The end of the year 9999. */
export const latestInstant = Date.UTC(10_000, 0, 1) - 1
/** What a timer of Node.js can wait: a longer one fires at once. */
export const longestTimer = 2 ** 31 - 1

export interface DurationBounds {
  /** Milliseconds. @default 0 */
  readonly min?: number
  /** Milliseconds. @default 100 years */
  readonly max?: number
  /** `Infinity` is taken. */
  readonly never?: boolean
}

/** Reads milliseconds. */
export function duration({
  min = 0,
  max = longestDuration,
  never = false,
}: DurationBounds = {}): Reader<number> {
  const wanted = `a duration such as '20m', from ${inWords(min)} to ${inWords(max)}${never ? ', or Infinity' : ''}`
  return (value) => {
    if (never && value === Number.POSITIVE_INFINITY) return value
    const ms = typeof value === 'string' ? fromText(value) : value
    if (typeof ms !== 'number' || !(ms >= min && ms <= max)) throw isNot(value, wanted)
    return Math.round(ms)
  }
}

function fromText(text: string): number {
  const match = text.length > 40 ? null : /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w)$/.exec(text.trim())
  return match ? Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN) : Number.NaN
}

function inWords(ms: number): string {
  if (ms === 0) return '0'
  if (ms === longestDuration) return '100 years'
  const unit = (['w', 'd', 'h', 'm', 's'] as const).find((one) => ms % (units[one] ?? 1) === 0) ?? 'ms'
  return `${ms / (units[unit] ?? 1)}${unit}`
}

/** Reads milliseconds since 1970. */
export const instant: Reader<number> = (value) => {
  const time = types.isDate(value) ? Number(Date.prototype.getTime.call(value)) : fromIso(value)
  if (!(time >= 0 && time <= latestInstant))
    throw isNot(value, 'a Date or ISO 8601 with an offset, from 1970 to 9999')
  return time
}

const withOffset = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d))$/i

function fromIso(value: unknown): number {
  if (typeof value !== 'string' || value.length > 40 || !withOffset.test(value)) return Number.NaN
  // Date.parse takes the 30th of February for the 2nd of March.
  const day = Number(value.slice(8, 10))
  const isDay = new Date(`${value.slice(0, 10)}T00:00Z`).getUTCDate() === day
  return isDay ? Date.parse(value) : Number.NaN
}

/** The time after a duration, or never; what would end after the year 9999 ends with it. */
export function after(time: number, ms: number): number | null {
  return ms === Number.POSITIVE_INFINITY ? null : Math.min(time + ms, latestInstant)
}

const anyDuration = duration({ never: true })

/** One duration by itself. @throws {PH_OPTION_INVALID} */
export function milliseconds(value: unknown, option: string): number {
  return readInput((given) => readAt(option, () => anyDuration(given)), value, optionBorder)
}

/** One instant by itself. @throws {PH_OPTION_INVALID} */
export function readInstant(value: unknown, option: string): number {
  return readInput((given) => readAt(option, () => instant(given)), value, optionBorder)
}
