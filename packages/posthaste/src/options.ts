import { type Duration, type Instant, instant, milliseconds } from './config/durations.ts'
import type { RetryOptions } from './config/queue-config.ts'
import { PosthasteError } from './errors.ts'
import { isId } from './ids.ts'
import { type OnUnknown, type Priority, priorities } from './mail/mail.ts'
import { optionNames } from './option-names.ts'
import type { RetryPolicy } from './retry.ts'

/** What goes beside a mail. */
export interface EnqueueOptions<Stream extends string = string> {
  /** Which of two due mails goes first. @default the stream's, else the mail's own `priority` header, else 'normal' */
  priority?: Priority
  /** Not before this instant. Not together with `delay`. @default now */
  sendAt?: Instant
  /** Not before this much time from now. @default nil */
  delay?: Duration
  /** Not sent by then, the mail fails as `expired`. Not together with `expiresIn`. @default the stream's */
  expiresAt?: Instant
  /** As `expiresAt`, counted from the time it is due. @default the stream's */
  expiresIn?: Duration
  /** The class of mail that it belongs to. @default 'default' */
  stream?: Stream
  /** Whose mail it is, for transports chosen per tenant and for searching; up to 120 characters. @default none */
  tenant?: string
  /**
   * The same key and content again gives the first mail instead of a second; other content is an error. Up to 255 characters.
   * A key is free again when its mail was cancelled, failed, expired or suppressed, unless an acceptance of it may have been lost. @default none
   */
  idempotencyKey?: string
  /** The id of a mail: cancels it, if it is not under way, and takes its idempotency key over, in one step. @default none */
  replaces?: string
  /** To find it by; up to 20 of up to 120 characters. @default [] */
  tags?: readonly string[]
  /** JSON of up to 64 KB that stays with the mail and is never sent. @default null */
  metadata?: unknown
  /** When it is tried again; what it leaves open is the stream's. @default the stream's, else the queue's */
  retry?: RetryOptions
  /** What follows when the body was handed over and no answer came. @default the stream's, else 'retry' */
  onUnknown?: OnUnknown
  /** The content is deleted when the mail is finished, and hidden everywhere before. @default false */
  sensitive?: boolean
}

const known: readonly (keyof EnqueueOptions)[] = optionNames

/** Options checked and in plain units; undefined is left to stream and queue. */
export interface ReadOptions {
  readonly priority: Priority | undefined
  readonly sendAt: number
  readonly expiresAt: number | undefined
  readonly stream: string
  readonly tenant: string | null
  readonly idempotencyKey: string | null
  readonly replaces: string | null
  readonly tags: readonly string[]
  readonly metadata: string | null
  readonly retry: RetryOptions | undefined
  readonly onUnknown: OnUnknown | undefined
  readonly sensitive: boolean
}

/**
 * @throws {PH_OPTION_UNKNOWN} a name that does not exist
 * @throws {PH_OPTION_INVALID} a value that it cannot take
 */
export function readOptions(options: EnqueueOptions, now: number): ReadOptions {
  for (const name of Object.keys(options))
    if (!(known as readonly string[]).includes(name))
      throw new PosthasteError('PH_OPTION_UNKNOWN', `'${name}'`)
  const sendAt = readSendAt(options, now)
  return {
    priority: oneOf(options.priority, priorities, 'priority'),
    sendAt,
    expiresAt: readExpiry(options, sendAt),
    stream: text(options.stream, 'stream', 60) ?? 'default',
    tenant: text(options.tenant, 'tenant', 120),
    idempotencyKey: text(options.idempotencyKey, 'idempotencyKey', 255),
    replaces: readReplaces(options.replaces),
    tags: readTags(options.tags),
    metadata: readMetadata(options.metadata),
    retry: options.retry,
    onUnknown: oneOf(options.onUnknown, ['retry', 'hold'] as const, 'onUnknown'),
    sensitive: readFlag(options.sensitive),
  }
}

function readSendAt({ sendAt, delay }: EnqueueOptions, now: number): number {
  if (sendAt !== undefined && delay !== undefined) throw invalid('sendAt and delay exclude each other')
  if (sendAt !== undefined) return Math.max(instant(sendAt, 'sendAt'), now)
  return now + (delay === undefined ? 0 : milliseconds(delay, 'delay'))
}

function readExpiry({ expiresAt, expiresIn }: EnqueueOptions, sendAt: number): number | undefined {
  if (expiresAt !== undefined && expiresIn !== undefined)
    throw invalid('expiresAt and expiresIn exclude each other')
  if (expiresAt === undefined)
    return expiresIn === undefined ? undefined : sendAt + milliseconds(expiresIn, 'expiresIn')
  const at = instant(expiresAt, 'expiresAt')
  if (at < sendAt) throw invalid('expiresAt comes before the mail is due')
  return at
}

function oneOf<T extends string>(value: T | undefined, allowed: readonly T[], option: string): T | undefined {
  if (value !== undefined && !allowed.includes(value))
    throw invalid(`${option} is ${JSON.stringify(value)}, not one of ${allowed.join(', ')}`)
  return value
}

function text(value: unknown, option: string, length: number): string | null {
  if (value === undefined) return null
  if (typeof value !== 'string' || value === '' || value.length > length)
    throw invalid(`${option} is not a text of 1 to ${length} characters`)
  if (value.includes('\0') || !value.isWellFormed())
    throw invalid(`${option} holds a NUL or half a character`)
  return value
}

function readReplaces(value: unknown): string | null {
  if (value === undefined) return null
  if (!isId(value)) throw invalid('replaces is not the id of a mail')
  return value.toLowerCase()
}

function readTags(tags: readonly string[] | undefined): string[] {
  if (tags === undefined) return []
  if (!Array.isArray(tags) || tags.length > 20) throw invalid('tags is not a list of up to 20 texts')
  return [...new Set(tags.map((tag) => text(tag, 'tags', 120) ?? ''))]
}

function readMetadata(metadata: unknown): string | null {
  if (metadata === undefined || metadata === null) return null
  const json = safeJson(metadata)
  if (json === undefined || json.length > 65_536) throw invalid('metadata is not JSON of up to 64 KB')
  return json
}

function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

function readFlag(value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw invalid('sensitive is not true or false')
  return value === true
}

/** Fills what the options leave open. @throws {PH_OPTION_INVALID} */
export function readRetry(options: RetryOptions | undefined, base: RetryPolicy): RetryPolicy {
  if (options === undefined) return base
  const read = {
    first: options.first === undefined ? base.first : milliseconds(options.first, 'retry.first'),
    factor: options.factor ?? base.factor,
    max: options.max === undefined ? base.max : milliseconds(options.max, 'retry.max'),
    jitter: options.jitter ?? base.jitter,
    giveUpAfter:
      options.giveUpAfter === undefined
        ? base.giveUpAfter
        : milliseconds(options.giveUpAfter, 'retry.giveUpAfter'),
  }
  if (!(read.factor >= 1)) throw invalid('retry.factor is not a number of at least 1')
  if (!(read.jitter >= 0 && read.jitter <= 1)) throw invalid('retry.jitter is not between 0 and 1')
  for (const name of Object.keys(options))
    if (!(name in read)) throw new PosthasteError('PH_OPTION_UNKNOWN', `'retry.${name}'`)
  return read
}

function invalid(detail: string): PosthasteError {
  return new PosthasteError('PH_OPTION_INVALID', detail)
}
