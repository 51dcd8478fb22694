import { readAt, readInput } from '../input/reader.ts'
import { type Options, optional, table, type Values, withDefault } from '../input/table.ts'
import { duration } from '../input/time.ts'
import { callback, choice, flag, number, oneOrMore, pattern, text } from '../input/values.ts'
import { mailId } from '../options.ts'

/** What a call takes beside its main argument. @throws {PH_OPTION_UNKNOWN} {PH_OPTION_INVALID} */
function options<T extends Options>(
  fields: T,
  foreign: Readonly<Record<string, string>> = {},
): (given: unknown) => Values<T> {
  const read = table(fields, { foreign })
  return (given) => readInput(read, given)
}

const cursor = optional(text({ max: 1_000 }))
const who = optional(text({ max: 200 }))
const count = number({ min: 1, max: 1_000_000_000, whole: true, unbounded: true })
const streamOrAll = withDefault('', text({ min: 0, max: 60 }))
const tenantOrAll = withDefault('', text({ min: 0, max: 120 }))
const pageSize = number({ min: 1, max: 10_000, whole: true })
const paging = { pageSize: "'limit'", first: "'limit'", cursor: "'after'", offset: "'after'" }

export const readPage = options({ limit: withDefault(50, pageSize), after: cursor }, paging)
export const readCount = options({ atMost: withDefault(10_000, count) }, { limit: "'atMost'" })
export const readSettled = options({ timeout: withDefault(30_000, duration({ never: true })) })
export const readContentOptions = options({ sensitive: withDefault(false, flag) })
const report = withDefault(false, flag)
export const readActing = options({ report })
export const readBy = options({ who, report })
export const readPause = options(
  { stream: streamOrAll, reason: optional(text({ max: 2_000, lines: true })), who },
  { why: "'reason'" },
)
export const readScope = options({ stream: streamOrAll, tenant: tenantOrAll })
export const readStream = options({ stream: streamOrAll })
export const readHealth = options(
  { stuckAfter: withDefault(300_000, duration({ never: true })) },
  { maxAge: "'stuckAfter'" },
)
export const readPurge = options({ olderThan: optional(duration()), dryRun: withDefault(false, flag) })
export const readPauseTransport = options({
  for: withDefault(3_600_000, duration()),
  reason: withDefault('by hand', text({ max: 2_000, lines: true })),
})
export const readSqlOptions = options({ placeholders: optional(choice(['numbered', 'question', 'named'])) })
/** What it holds is read as the addresses of a mail are. */
const addressLine = pattern(/^/, { max: 1_000, wanted: 'an address' })

export const readResend = options({ to: optional(oneOrMore(addressLine, { max: 10_000 })) })
export const readMigrations = options({ from: withDefault(1, number({ min: 1, max: 10_000, whole: true })) })
const role = optional(text({ max: 255 }))
export const readGrants = options({ app: role, worker: role })
export const readDiagnose = options({ sendTest: optional(text({ max: 1_000 })) })
export const readSuppress = options(
  {
    reason: withDefault('by-hand', text({ max: 60 })),
    origin: optional(text({ max: 60 })),
    note: withDefault<string | null>(null, text({ max: 2_000, min: 0, lines: true })),
    stream: streamOrAll,
    tenant: tenantOrAll,
    expiresIn: withDefault(Number.POSITIVE_INFINITY, duration({ never: true })),
  },
  { why: "'reason'", expiresAt: "'expiresIn'", ttl: "'expiresIn'", source: "'origin'" },
)
export const readSuppressionPage = options(
  { limit: withDefault(100, pageSize), after: cursor, match: optional(text({ max: 320 })) },
  paging,
)

const resolutions = choice(['arrived', 'retry'])
export function readResolution(resolution: unknown): 'arrived' | 'retry' {
  return readInput((given) => readAt('resolution', () => resolutions(given)), resolution)
}

/** @throws {PH_OPTION_INVALID} it is not the id of a mail */
export function readMailId(id: unknown): string {
  return readInput((given) => readAt('id', () => mailId(given)), id)
}

const work = callback<never>()

/** @throws {PH_OPTION_INVALID} it is not a function */
export function readWork<T>(given: unknown): T {
  return readInput((value) => readAt('work', () => work(value)), given)
}

/** A name, or none. @throws {PH_OPTION_INVALID} it is not a text */
export function readName(name: unknown): string | undefined {
  return name === undefined ? undefined : readInput((given) => readAt('name', () => anyText(given)), name)
}

const anyText = text({ max: 1_000 })

/** A text that may not be an id: no mail has it. @throws {PH_OPTION_INVALID} it is not a text */
export function readAnyId(id: unknown): string {
  return readInput((given) => readAt('id', () => anyText(given)), id)
}
