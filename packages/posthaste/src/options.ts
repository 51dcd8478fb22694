import { PosthasteError } from './errors.ts'
import { isId } from './ids.ts'
import { json } from './input/json.ts'
import { isNot, optionBorder, type Reader, readInput } from './input/reader.ts'
import { optional, table, withDefault } from './input/table.ts'
import { after, type Duration, duration, type Instant, instant, latestInstant } from './input/time.ts'
import { choice, flag, list, text } from './input/values.ts'
import {
  type OnConflict,
  type OnUnknown,
  onConflicts,
  onUnknowns,
  type Priority,
  priorities,
} from './mail/mail.ts'
import { type RetryOptions, retryOptions } from './retry.ts'

/** What goes beside a mail. */
export interface EnqueueOptions<Stream extends string = string> {
  /** Which of two due mails goes first. @default the stream's, else the mail's own `priority` header, else 'normal' */
  priority?: Priority | undefined
  /** Not before this instant. Not together with `delay`. @default now */
  sendAt?: Instant | undefined
  /** Not before this much time from now. @default nil */
  delay?: Duration | undefined
  /** Not sent by then, the mail fails as `expired`. Not together with `expiresIn`. @default the stream's */
  expiresAt?: Instant | undefined
  /** As `expiresAt`, counted from the time it is due; `Infinity` is never. @default the stream's */
  expiresIn?: Duration | undefined
  /** The class of mail that it belongs to. @default 'default' */
  stream?: Stream | undefined
  /** Whose mail it is, for transports chosen per tenant and for searching; idempotency keys are its own. Up to 120 characters. @default none */
  tenant?: string | undefined
  /**
   * The same key again, of the same tenant, gives the first mail instead of a second, with `duplicate: true` and `sameContent`; other recipients
   * are an error. Up to 255 characters. A key is free again when its mail was cancelled, failed, expired or suppressed, unless an acceptance of
   * it may have been lost. @default none
   */
  idempotencyKey?: string | undefined
  /** Where the key has a mail to the same recipients with other content: `keep` gives that mail, `refuse` is an error. @default 'keep' */
  onConflict?: OnConflict | undefined
  /** The id of a mail of the same tenant: cancels it, if it is not under way, and takes its idempotency key over, in one step. Refused as superseded where another mail has that key already. @default none */
  replaces?: string | undefined
  /** To find it by; up to 20 of up to 120 characters. @default [] */
  tags?: readonly string[] | undefined
  /** JSON of up to 64 KB that stays with the mail and is never sent. @default null */
  metadata?: unknown
  /** When it is tried again; what it leaves open is the stream's. @default the stream's, else the queue's */
  retry?: RetryOptions | undefined
  /** What follows when the body was handed over and no answer came. @default the stream's, else 'retry' */
  onUnknown?: OnUnknown | undefined
  /** The content is deleted when the mail is finished, and hidden everywhere before. @default false */
  sensitive?: boolean | undefined
}

/** The id of a mail, in lower case. */
export const mailId: Reader<string> = (value) => {
  if (!isId(value)) throw isNot(value, 'the id of a mail')
  return value.toLowerCase()
}

/** What BullMQ, pg-boss, Graphile Worker, Bee-Queue, Resend, Postmark and django-mailer call them. */
const foreign = {
  scheduledAt: "'sendAt'",
  scheduledFor: "'sendAt'",
  runAt: "'sendAt'",
  notBefore: "'sendAt'",
  startAfter: "'sendAt' or 'delay'",
  timestamp: "'sendAt'",
  ttl: "'expiresIn'",
  expireInSeconds: "'expiresIn'",
  deadline: "'expiresAt'",
  queue: "'stream'",
  queueName: "'stream'",
  messageStream: "'stream'",
  jobId: "'idempotencyKey'",
  jobKey: "'idempotencyKey'",
  singletonKey: "'idempotencyKey'",
  uniqueKey: "'idempotencyKey'",
  deduplication: "'idempotencyKey'",
  attempts: "'retry: { giveUpAfter }'",
  maxAttempts: "'retry: { giveUpAfter }'",
  retryLimit: "'retry: { giveUpAfter }'",
  retryDelay: "'retry: { first }'",
  retryBackoff: "'retry: { factor }'",
  backoff: "'retry: { first, factor, max }'",
  removeOnComplete: "'retention' of the queue",
  removeOnFail: "'retention' of the queue",
  data: "'metadata'",
  meta: "'metadata'",
  tag: "'tags'",
  important: "'priority'",
}

const tagList = list(text({ max: 120 }), { max: 20 })

const enqueueFields = {
  priority: optional(choice(priorities)),
  sendAt: optional(instant),
  delay: optional(duration()),
  expiresAt: optional(instant),
  expiresIn: optional(duration({ never: true })),
  stream: withDefault('default', text({ max: 60 })),
  tenant: withDefault<string | null>(null, text({ max: 120 })),
  idempotencyKey: withDefault<string | null>(null, text({ max: 255 })),
  onConflict: withDefault('keep', choice(onConflicts)),
  replaces: withDefault<string | null>(null, mailId),
  tags: withDefault<readonly string[]>([], (value) => [...new Set(tagList(value))]),
  metadata: withDefault<string | null>(null, json({ max: 65_536 })),
  retry: optional(retryOptions),
  onUnknown: optional(choice(onUnknowns)),
  sensitive: withDefault(false, flag),
}

/** What goes beside a mail and not in it. */
export const optionNames = Object.keys(enqueueFields) as readonly (keyof typeof enqueueFields)[]

const enqueueOptions = table(enqueueFields, { foreign })

/** Options checked and in plain units; undefined is left to stream and queue. */
export type ReadOptions = Omit<
  ReturnType<typeof enqueueOptions>,
  'sendAt' | 'delay' | 'expiresAt' | 'expiresIn'
> & {
  readonly sendAt: number
  /** Null: never, whatever the stream says. */
  readonly expiresAt: number | null | undefined
}

/**
 * @throws {PH_OPTION_UNKNOWN} a name that does not exist
 * @throws {PH_OPTION_INVALID} a value that it cannot take
 */
export function readOptions(options: EnqueueOptions, now: number): ReadOptions {
  const { delay, expiresIn, ...read } = readInput(enqueueOptions, options, optionBorder)
  if (read.sendAt !== undefined && delay !== undefined) throw invalid('sendAt and delay exclude each other')
  if (read.expiresAt !== undefined && expiresIn !== undefined)
    throw invalid('expiresAt and expiresIn exclude each other')
  const sendAt = Math.max(read.sendAt ?? Math.min(now + (delay ?? 0), latestInstant), now)
  if (read.expiresAt !== undefined && read.expiresAt < sendAt)
    throw invalid('expiresAt comes before the mail is due')
  const expiresAt = expiresIn === undefined ? read.expiresAt : after(sendAt, expiresIn)
  return { ...read, sendAt, expiresAt }
}

function invalid(detail: string): PosthasteError {
  return new PosthasteError('PH_OPTION_INVALID', detail)
}
