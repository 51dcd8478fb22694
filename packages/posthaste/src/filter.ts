import { PosthasteError } from './errors.ts'
import { isId } from './ids.ts'
import { type State, states } from './mail.ts'

/**
 * Which mails: every key narrows. One type for the API, the command line and the admin.
 *
 * A key whose value is undefined throws rather than match everything; an empty filter needs `{ all: true }`.
 */
export interface Filter {
  id?: string | readonly string[]
  state?: State | 'deferred' | readonly (State | 'deferred')[]
  stream?: string
  tenant?: string
  tag?: string
  /**
   * A recipient's address, whole, or `@domain`; case does not matter. An address has an index; a domain has none: the mails are read
   * from the newest on until a page is full, so give `since` with it where mail to that domain is rare.
   */
  to?: string
  /** How the subject begins; case does not matter; the first 100 characters count. */
  subject?: string
  messageId?: string
  idempotencyKey?: string
  /** An acceptance may have been lost. */
  unknown?: boolean
  /** Queued at this instant or later; a Date or ISO 8601 with an offset. */
  since?: Date | string
  /** Queued before this instant. */
  until?: Date | string
  /** Every mail: needed where no other key is given. */
  all?: true
}

const keys = [
  'id',
  'state',
  'stream',
  'tenant',
  'tag',
  'to',
  'subject',
  'messageId',
  'idempotencyKey',
  'unknown',
  'since',
  'until',
  'all',
]

/**
 * Refuses a filter that says less than its writer meant.
 *
 * @throws {PH_FILTER_INVALID}
 */
export function checkFilter(filter: Filter): Filter {
  if (typeof filter !== 'object' || filter === null)
    throw new PosthasteError('PH_FILTER_INVALID', 'it is not an object')
  for (const [key, value] of Object.entries(filter)) {
    if (!keys.includes(key)) throw new PosthasteError('PH_FILTER_INVALID', `there is no key '${key}'`)
    if (value === undefined || value === null || value === '')
      throw new PosthasteError('PH_FILTER_INVALID', `'${key}' is ${value === '' ? 'empty' : value}`)
  }
  if (Object.keys(filter).length === 0) throw new PosthasteError('PH_FILTER_INVALID', 'it is empty')
  checkStates(filter.state)
  checkIds(filter.id)
  for (const time of [filter.since, filter.until]) if (time !== undefined) instantOf(time)
  return filter
}

const withOffset = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))$/i

/**
 * Milliseconds since 1970.
 *
 * @throws {PH_FILTER_INVALID}
 */
export function instantOf(time: Date | string): number {
  const value =
    time instanceof Date
      ? time.getTime()
      : typeof time === 'string' && withOffset.test(time)
        ? Date.parse(time)
        : Number.NaN
  if (Number.isNaN(value))
    throw new PosthasteError(
      'PH_FILTER_INVALID',
      `'${String(time)}' is neither a Date nor ISO 8601 with an offset`,
    )
  return value
}

function checkIds(id: Filter['id']): void {
  for (const one of id === undefined ? [] : [id].flat())
    if (!isId(one)) throw new PosthasteError('PH_FILTER_INVALID', `'${String(one)}' is not an id`)
}

function checkStates(state: Filter['state']): void {
  for (const one of state === undefined ? [] : [state].flat())
    if (one !== 'deferred' && !(states as readonly string[]).includes(one))
      throw new PosthasteError('PH_FILTER_INVALID', `there is no state '${one}'`)
}
