import { types } from 'node:util'
import { PosthasteError } from './errors.ts'
import { isId } from './ids.ts'
import { type State, states } from './mail/mail.ts'

/**
 * Which mails: every key narrows. One type for the API, the command line and the admin.
 *
 * A key whose value is undefined throws rather than match everything; an empty filter needs `{ all: true }`.
 *
 * @default not narrowed
 */
export interface Filter {
  /** One of these ids. */
  id?: string | readonly string[]
  /** In one of these states; `deferred` is queued mail that was attempted before. */
  state?: State | 'deferred' | readonly (State | 'deferred')[]
  /** Of this stream. */
  stream?: string
  /** Of this tenant. */
  tenant?: string
  /** With this tag. */
  tag?: string
  /**
   * A recipient's address, whole, or `@domain`; case does not matter. An address has an index; a domain has none: the mails are read
   * from the newest on until a page is full, so give `since` with it where mail to that domain is rare.
   */
  to?: string
  /** How the subject begins; case does not matter; the first 100 characters count. */
  subject?: string
  /** Whole, with or without its angle brackets. */
  messageId?: string
  /** Enqueued with this key. */
  idempotencyKey?: string
  /** True: an acceptance may have been lost. False: none was. */
  unknown?: boolean
  /** Queued at this instant or later; a Date or ISO 8601 with an offset. */
  since?: Date | string
  /** Queued before this instant. */
  until?: Date | string
  /** Every mail: needed where no other key is given. */
  all?: true
}

const isText = (value: unknown) => typeof value === 'string'

/** What each key takes; states, ids and instants are looked at more closely. */
const takes: Readonly<Record<keyof Filter, (value: unknown) => boolean>> = {
  id: () => true,
  state: (value) => !Array.isArray(value) || value.length > 0,
  stream: isText,
  tenant: isText,
  tag: isText,
  to: isText,
  subject: isText,
  messageId: isText,
  idempotencyKey: isText,
  unknown: (value) => typeof value === 'boolean',
  since: () => true,
  until: () => true,
  all: (value) => value === true,
}

/**
 * Refuses a filter that says less than its writer meant.
 *
 * @throws {PH_FILTER_INVALID}
 */
export function checkFilter(filter: Filter): Filter {
  if (typeof filter !== 'object' || filter === null) throw refused('it is not an object')
  for (const [key, value] of Object.entries(filter)) checkKey(key, value)
  if (Object.keys(filter).length === 0) throw refused('it is empty')
  for (const state of listed(filter.state))
    if (!isState(state)) throw refused(`there is no state '${String(state)}'`)
  for (const id of listed(filter.id)) if (!isId(id)) throw refused(`'${String(id)}' is not an id`)
  for (const time of [filter.since, filter.until]) if (time !== undefined) instantOf(time)
  return filter
}

function checkKey(key: string, value: unknown): void {
  if (!Object.hasOwn(takes, key)) throw refused(`there is no key '${key}'`)
  if (value === undefined || value === null) throw refused(`'${key}' is ${value}`)
  if (value === '') throw refused(`'${key}' is empty`)
  if (!takes[key as keyof Filter](value)) throw refused(`'${key}' cannot be ${JSON.stringify(value)}`)
}

function listed<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}

function isState(value: unknown): boolean {
  return value === 'deferred' || (states as readonly unknown[]).includes(value)
}

const withOffset = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))$/i

/**
 * Milliseconds since 1970.
 *
 * @throws {PH_FILTER_INVALID}
 */
export function instantOf(time: Date | string): number {
  const value = types.isDate(time)
    ? time.getTime()
    : typeof time === 'string' && withOffset.test(time)
      ? Date.parse(time)
      : Number.NaN
  if (Number.isNaN(value)) throw refused(`'${String(time)}' is neither a Date nor ISO 8601 with an offset`)
  return value
}

function refused(detail: string): PosthasteError {
  return new PosthasteError('PH_FILTER_INVALID', detail)
}
