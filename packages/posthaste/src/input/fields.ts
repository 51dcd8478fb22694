import { type Border, readAt, readInput } from './reader.ts'
import { plainObject } from './table.ts'

export type Fields = Record<string, unknown>

/**
 * The fields of an object of the caller's, each read once: a getter may answer otherwise when it is asked again. What is undefined is absent, and so is
 * a key named `__proto__`.
 */
export function fieldsOf(value: unknown): Fields {
  const given = plainObject(value)
  const fields: Fields = {}
  for (const name of Object.keys(given)) {
    const field = readAt(name, () => given[name])
    if (field !== undefined && name !== '__proto__') fields[name] = field
  }
  return fields
}

/** @throws what the border says: it is no object, or reading it threw */
export function readFields(value: unknown, border: Border): Fields {
  return readInput(fieldsOf, value, border)
}
