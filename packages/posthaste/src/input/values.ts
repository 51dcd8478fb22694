import { types } from 'node:util'
import { isNot, type Reader, readAt } from './reader.ts'
import { Refusal } from './refusal.ts'
import { show } from './show.ts'

export interface TextBounds {
  /** Characters (UTF-16 units). */
  readonly max: number
  /** Default 1: an empty text is refused. */
  readonly min?: number
  /** Line breaks and tabs are allowed. */
  readonly lines?: boolean
  /** It may be a credential: what it is instead of a text is not shown either. */
  readonly hidden?: boolean
}

const controls = /\p{Cc}/u
const controlsButLines = /(?![\t\n\r])\p{Cc}/u

/** Well-formed Unicode within bounds, without control characters. */
export function text({ max, min = 1, lines = false, hidden = false }: TextBounds): Reader<string> {
  // Written when it is needed: the first number that is written so loads 10 ms of tables.
  const wanted = () => `a text of ${min} to ${max.toLocaleString('en')} characters`
  const forbidden = lines ? controlsButLines : controls
  return (value) => {
    if (typeof value !== 'string' && !hidden) throw isNot(value, wanted())
    if (typeof value !== 'string' || value.length < min || value.length > max)
      throw new Refusal(`is not ${wanted()}`)
    if (forbidden.test(value)) throw new Refusal('holds a control character such as a NUL or a line break')
    if (!value.isWellFormed()) throw new Refusal('holds half a character (a lone surrogate)')
    return value
  }
}

/** A text of a form of its own; the pattern is linear and anchored. */
export function pattern(form: RegExp, { max, wanted }: { max: number; wanted: string }): Reader<string> {
  return (value) => {
    if (typeof value !== 'string' || value.length > max || !form.test(value)) throw isNot(value, wanted)
    return value
  }
}

export interface NumberBounds {
  readonly min: number
  readonly max: number
  /** The least value itself is refused. */
  readonly aboveMin?: boolean
  /** Fractions are refused. */
  readonly whole?: boolean
  /** `Infinity` is taken, and means that there is no bound. */
  readonly unbounded?: boolean
}

export function number(bounds: NumberBounds): Reader<number> {
  const { min, max, aboveMin = false, whole = false, unbounded = false } = bounds
  return (value) => {
    if (unbounded && value === Number.POSITIVE_INFINITY) return value
    const fits = typeof value === 'number' && (value > min || (value === min && !aboveMin)) && value <= max
    if (!fits || (whole && !Number.isInteger(value))) throw isNot(value, wantedNumber(bounds))
    return value
  }
}

function wantedNumber({ min, max, aboveMin, whole, unbounded }: NumberBounds): string {
  const kind = whole ? 'a whole number' : 'a number'
  return `${kind} ${aboveMin ? 'above' : 'from'} ${min} to ${max.toLocaleString('en')}${unbounded ? ', or Infinity' : ''}`
}

export function choice<const T extends string>(allowed: readonly T[]): Reader<T> {
  return (value) => {
    const found = allowed.find((one) => one === value)
    if (found === undefined) throw isNot(value, `one of ${allowed.join(', ')}`)
    return found
  }
}

export const flag: Reader<boolean> = (value) => {
  if (typeof value !== 'boolean') throw isNot(value, 'true or false')
  return value
}

/** A function of the app's. What it gives is read where it is called. */
export function callback<T>(): Reader<T> {
  return (value) => {
    if (typeof value !== 'function') throw isNot(value, 'a function')
    return value as T
  }
}

/** Whatever it is, it is looked at elsewhere. */
export function anything<T>(): Reader<T> {
  return (value) => value as T
}

/** Holes are refused as undefined entries are. */
export function list<T>(read: Reader<T>, { max, min = 0 }: { max: number; min?: number }): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw isNot(value, 'a list')
    const { length } = value
    if (length > max) throw new Refusal(`has ${length} entries, more than ${max.toLocaleString('en')}`)
    if (length < min) throw new Refusal('is an empty list')
    return Array.from({ length }, (_, index) => readAt(index, () => read(value[index])))
  }
}

/** One value, or a list of them. */
export function oneOrMore<T>(read: Reader<T>, bounds: { max: number; min?: number }): Reader<T[]> {
  const many = list(read, bounds)
  return (value) => (Array.isArray(value) ? many(value) : [read(value)])
}

/** Of any realm, known by its shape; one that is not this realm's is followed by one that is. */
export const abortSignal: Reader<AbortSignal> = (value) => {
  const signal = value as Partial<AbortSignal> | null
  if (typeof signal !== 'object' || signal === null || typeof signal.addEventListener !== 'function')
    throw new Refusal(`is ${show(value)}, not an AbortSignal`)
  if (!types.isProxy(value) && value instanceof AbortSignal) return value
  const own = new AbortController()
  if (signal.aborted === true) own.abort()
  else signal.addEventListener('abort', () => own.abort(), { once: true })
  return own.signal
}
