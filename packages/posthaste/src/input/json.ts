import { types } from 'node:util'
import type { Reader } from './reader.ts'
import { Refusal } from './refusal.ts'

const deepest = 100

/** Reads JSON text of at most so many characters. What is larger is not written out to find that. */
export function json({ max }: { max: number }): Reader<string | null> {
  return (value) => {
    if (value === null) return null
    measure(value, { left: max, depth: 0 }, max)
    const written = JSON.stringify(value, bounded(max))
    if (typeof written !== 'string' || written.length > max) throw tooMuch(max)
    return written
  }
}

/** What a `toJSON` gives, such as that of a Buffer, is seen here first. */
function bounded(max: number): (name: string, value: unknown) => unknown {
  let left = max
  return (name, value) => {
    if (left-- < 0) throw tooMuch(max)
    return refusePromises(name, value)
  }
}

/** A `toJSON` may return a promise. JSON would write it as {} and leave its rejection unhandled, which ends the process. */
function refusePromises(_name: string, value: unknown): unknown {
  if (!types.isPromise(value)) return value
  value.catch(() => {})
  throw new Refusal('holds a promise, which is not JSON')
}

interface Measure {
  left: number
  depth: number
}

/** Each value takes at least one character, so that a circle or a giant list ends here. */
function measure(value: unknown, measured: Measure, max: number): void {
  measured.left -= leastLength(value)
  if (measured.left < 0 || measured.depth > deepest) throw tooMuch(max)
  if (typeof value === 'bigint') throw new Refusal('holds a bigint, which is not JSON')
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return
  measured.depth++
  if (Array.isArray(value)) {
    for (const entry of value) measure(entry, measured, max)
  } else {
    for (const name of Object.keys(value))
      measureField(value as Record<string, unknown>, name, { measured, max })
  }
  measured.depth--
}

/** Of bytes each element is written, as a number at least. */
function leastLength(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  return ArrayBuffer.isView(value) && 'length' in value ? Number(value.length) : 1
}

function measureField(
  value: Readonly<Record<string, unknown>>,
  name: string,
  { measured, max }: { measured: Measure; max: number },
): void {
  measured.left -= name.length
  measure(value[name], measured, max)
}

function tooMuch(max: number): Refusal {
  return new Refusal(`is not JSON of up to ${max / 1_024} KB`)
}
