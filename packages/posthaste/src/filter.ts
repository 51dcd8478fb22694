import { PosthasteError } from './errors.ts'
import { type Border, isNot, readInput } from './input/reader.ts'
import { neverUndefined, present, table } from './input/table.ts'
import { instant } from './input/time.ts'
import { choice, flag, oneOrMore, text } from './input/values.ts'
import { entryKey } from './mail/entry-key.ts'
import { type State, states } from './mail/mail.ts'
import { mailId } from './options.ts'

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
   * A recipient's address, whole, or `@domain`, in any spelling. An address has an index; a domain has none: the mails are read
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

const anyText = text({ max: 1_000 })
const moment = (value: unknown) => new Date(instant(value))

/** What other libraries and people call them. */
const foreign = {
  status: "'state'",
  states: "'state'",
  ids: "'id'",
  recipient: "'to'",
  email: "'to'",
  address: "'to'",
  tags: "'tag'",
  after: "'since'",
  from: "'since': what a mail is searched by is who gets it",
  before: "'until'",
  key: "'idempotencyKey'",
}

const filterKeys = table(
  {
    id: neverUndefined(oneOrMore(mailId, { max: 1_000_000 })),
    state: neverUndefined(oneOrMore(choice([...states, 'deferred']), { min: 1, max: 100 })),
    stream: neverUndefined(text({ max: 60 })),
    tenant: neverUndefined(text({ max: 120 })),
    tag: neverUndefined(text({ max: 120 })),
    to: neverUndefined(recipient),
    subject: neverUndefined(text({ max: 10_000 })),
    messageId: neverUndefined(text({ max: 1_000 })),
    idempotencyKey: neverUndefined(text({ max: 255 })),
    unknown: neverUndefined(flag),
    since: neverUndefined(moment),
    until: neverUndefined(moment),
    all: neverUndefined(onlyTrue),
  },
  { foreign },
)

const border: Border = { unknown: 'PH_FILTER_INVALID', invalid: 'PH_FILTER_INVALID', noun: 'key' }

/**
 * Refuses a filter that says less than its writer meant.
 *
 * @throws {PH_FILTER_INVALID}
 */
export function checkFilter(filter: Filter): Filter {
  const read = present(readInput(filterKeys, filter, border))
  if (Object.keys(read).length === 0) throw new PosthasteError('PH_FILTER_INVALID', 'it is empty')
  return read
}

/**
 * Milliseconds since 1970.
 *
 * @throws {PH_FILTER_INVALID}
 */
export function instantOf(time: Date | string): number {
  return readInput(instant, time, border)
}

function recipient(value: unknown): string {
  const key = entryKey(anyText(value))
  if (key === undefined) throw isNot(value, 'an address or @domain')
  return key
}

function onlyTrue(value: unknown): true {
  if (value !== true) throw isNot(value, 'true')
  return value
}
