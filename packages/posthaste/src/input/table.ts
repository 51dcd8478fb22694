import { types } from 'node:util'
import { type ForeignNames, nearMiss } from './near-miss.ts'
import { isNot, type Reader, readAt } from './reader.ts'
import { Refusal } from './refusal.ts'

/** One option of a table: how it is read, and what its absence means. */
export interface Option<T> {
  readonly read: Reader<T>
  readonly absent: T
  /** An undefined value is refused: where it would mean *everything*, it is a mistake more often than absence. */
  readonly isNeverUndefined?: true
}

export type Options = Readonly<Record<string, Option<unknown>>>
export type Values<Table extends Options> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never
}

export function optional<T>(read: Reader<T>): Option<T | undefined> {
  return { read, absent: undefined }
}

export function withDefault<T>(absent: T, read: Reader<T>): Option<T> {
  return { read, absent }
}

/** Absent, or a value: a key that is there and undefined is refused. */
export function neverUndefined<T>(read: Reader<T>): Option<T | undefined> {
  return { read, absent: undefined, isNeverUndefined: true }
}

/** Reads an object of options, each declared once. Names that are not declared are refused, with what was probably meant. */
export function table<Table extends Options>(
  options: Table,
  { foreign = {} }: { foreign?: ForeignNames } = {},
): Reader<Values<Table>> {
  const known = new Map<string, Option<unknown>>(Object.entries(options))
  const names = [...known.keys()]
  const absent = Object.fromEntries(names.map((name) => [name, known.get(name)?.absent]))
  return (value) => {
    const given = plainObject(value)
    const read: Record<string, unknown> = { ...absent }
    for (const name of givenNames(given, names)) {
      const option = known.get(name)
      if (!option) throw new Refusal(nearMiss(name, names, foreign), 'unknown').prefix(name)
      readAt(name, () => {
        const inner = given[name]
        if (inner !== undefined) read[name] = option.read(inner)
        else if (option.isNeverUndefined) throw new Refusal('is undefined: leave it out')
      })
    }
    return read as Values<Table>
  }
}

/** Without the options that are absent, for those that ask whether a name is there. */
export function present<T extends object>(read: T): Present<T> {
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) as Present<T>
}

type Present<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> }

/** Reads an object whose names are the caller's own. */
export function record<T>(readName: Reader<string>, read: Reader<T>): Reader<ReadonlyMap<string, T>> {
  return (value) => {
    const given = plainObject(value)
    const entries = Object.keys(given).map((name) =>
      readAt(name, () => [readName(name), read(given[name])] as const),
    )
    return new Map(entries)
  }
}

/** Refuses what has no named fields, such as a Map or a list: its content would be ignored in silence. */
export function plainObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw isNot(value, 'an object')
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && isOfItsOwnKind(value))
    throw isNot(value, 'a plain object')
  return value as Record<string, unknown>
}

/** A plain object whose fields another library reads. */
export function objectOf<T extends object>(): Reader<T> {
  return (value) => plainObject(value) as T
}

function isOfItsOwnKind(value: object): boolean {
  return (
    types.isMap(value) ||
    types.isSet(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isPromise(value) ||
    types.isNativeError(value) ||
    types.isBoxedPrimitive(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value)
  )
}

/** Of an instance of a class, the getters of the class count, too. */
function givenNames(given: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  const prototype = Object.getPrototypeOf(given)
  if (prototype === Object.prototype || prototype === null) return Object.keys(given)
  const inherited = names.filter((name) => !Object.hasOwn(given, name) && given[name] !== undefined)
  return [...Object.keys(given), ...inherited]
}
