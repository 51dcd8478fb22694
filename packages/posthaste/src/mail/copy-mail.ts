import { types } from 'node:util'
import { PosthasteError } from '../errors.ts'
import { readAt } from '../input/reader.ts'
import {
  isContentField,
  isContentList,
  isInnerContent,
  isObject,
  isStream,
  type PlainObject,
} from './content-fields.ts'
import { bounds } from './limits.ts'

/**
 * A deep copy of what a mail may hold: plain data, dates, bytes (shared, not copied) and, where content stands, streams.
 * Keys named `__proto__` are left out, as Nodemailer leaves them out, and so is `signal`, which belongs to the call and not to the mail.
 *
 * @throws {PH_NOT_STORABLE} for functions, symbols, class instances, cycles
 */
export function copyMail(mail: object): PlainObject {
  const copier: Copier = { ancestors: new Set(), values: 0 }
  return copyObject(copier, mail as PlainObject, { path: '', at: 'mail' })
}

/** The same for content that stands by itself. */
export function copyContent(content: unknown): unknown {
  return copyValue({ ancestors: new Set(), values: 0 }, content, { path: 'content', at: 'content' })
}

interface Copier {
  readonly ancestors: Set<object>
  values: number
}

/** Where a value stands: only where content is expected may a stream be. */
type Position = 'mail' | 'content' | 'content-list' | 'data'
interface Place {
  readonly path: string
  readonly at: Position
}

function copyValue(copier: Copier, value: unknown, place: Place): unknown {
  count(copier, 1)
  if (typeof value === 'function') throw notStorable(place, 'a function')
  if (typeof value === 'symbol') throw notStorable(place, 'a symbol')
  if (typeof value !== 'object' || value === null) return value
  return copyReference(copier, value, place)
}

function count(copier: Copier, values: number): void {
  copier.values += values
  if (copier.values > bounds.values)
    throw new PosthasteError('PH_MAIL_INVALID', `it holds more than ${bounds.values} values`)
}

function copyReference(copier: Copier, value: object, place: Place): unknown {
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value))
  if (types.isUint8Array(value)) return value
  if (isStream(value)) return keepStream(value, place)
  if (copier.ancestors.has(value)) throw notStorable(place, 'a value that contains itself')
  if (copier.ancestors.size >= bounds.depth) {
    throw new PosthasteError('PH_MAIL_INVALID', `${place.path} is nested deeper than ${bounds.depth} levels`)
  }
  return Array.isArray(value)
    ? copyArray(copier, value, place)
    : copyObject(copier, value as PlainObject, place)
}

/** A stream that fails before it is read must not end the process: the error is kept on the stream and found when it is read. */
function keepStream(stream: NodeJS.ReadableStream, place: Place): NodeJS.ReadableStream {
  if (place.at !== 'content') throw notStorable(place, 'a stream where no content belongs')
  // Once, for many mails may share it.
  if (!stream.listeners('error').includes(foundLater)) stream.on('error', foundLater)
  return stream
}

function foundLater(): void {}

function copyArray(copier: Copier, value: unknown[], place: Place): unknown[] {
  // Known before any of them is read.
  count(copier, value.length)
  copier.ancestors.add(value)
  const at = place.at === 'content-list' ? 'content' : 'data'
  const copy = Array.from(value, (entry, index) =>
    readAt(index, () => copyEntry(copier, entry, { path: `${place.path}[${index}]`, at })),
  )
  copier.ancestors.delete(value)
  return copy
}

/** What was counted with its list. */
function copyEntry(copier: Copier, entry: unknown, place: Place): unknown {
  copier.values--
  return copyValue(copier, entry, place)
}

function copyObject(copier: Copier, value: PlainObject, place: Place): PlainObject {
  if (!isPlain(value)) throw notStorable(place, `an instance of ${value.constructor?.name || 'a class'}`)
  if (Object.getOwnPropertySymbols(value).length > 0) throw notStorable(place, 'a symbol as key')
  copier.ancestors.add(value)
  const copy: PlainObject = {}
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || (place.at === 'mail' && key === 'signal')) continue
    copy[key] = readAt(key, () => copyValue(copier, value[key], placeOf(key, place)))
  }
  copier.ancestors.delete(value)
  return copy
}

function placeOf(key: string, { path, at }: Place): Place {
  if (at === 'mail')
    return { path: key, at: isContentField(key) ? 'content' : isContentList(key) ? 'content-list' : 'data' }
  return { path: `${path}.${key}`, at: at !== 'data' && isInnerContent(key) ? 'content' : 'data' }
}

/** Judged by the length of the prototype chain, for Jest gives every test file its own Object. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  return isObject(value) && (prototype === null || Object.getPrototypeOf(prototype) === null)
}

function notStorable({ path }: Place, what: string): PosthasteError {
  return new PosthasteError('PH_NOT_STORABLE', `${path || 'the mail'} is ${what}`)
}
