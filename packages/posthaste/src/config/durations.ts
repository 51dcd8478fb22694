import { types } from 'node:util'
import { PosthasteError } from '../errors.ts'

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w'

/** Milliseconds, or text: `'500ms'`, `'30s'`, `'20m'`, `'4h'`, `'7d'`, `'2w'`. */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`

/** A Date, or ISO 8601 with an offset (`2026-11-24T09:00:00Z`); never a number, for nobody can tell seconds from milliseconds. */
export type Instant = Date | string

const units: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** @throws {PH_OPTION_INVALID} */
export function milliseconds(value: unknown, option: string): number {
  const ms = typeof value === 'string' ? fromText(value) : value
  if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0)
    throw new PosthasteError('PH_OPTION_INVALID', `${option} is ${JSON.stringify(value)}, not a duration`)
  return Math.round(ms)
}

function fromText(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(text.trim())
  return match ? Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN) : Number.NaN
}

/** Milliseconds since 1970. @throws {PH_OPTION_INVALID} */
export function instant(value: unknown, option: string): number {
  const time = types.isDate(value)
    ? value.getTime()
    : typeof value === 'string' && hasOffset(value)
      ? Date.parse(value)
      : Number.NaN
  if (!Number.isFinite(time))
    throw new PosthasteError(
      'PH_OPTION_INVALID',
      `${option} is ${JSON.stringify(value)}, not a Date or ISO 8601 with an offset`,
    )
  return time
}

function hasOffset(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(text)
}
