import { PosthasteError } from '../errors.ts'
import { nearMiss } from '../input/near-miss.ts'
import { Refusal } from '../input/refusal.ts'
import { optional, record, table, withDefault } from '../input/table.ts'
import { duration } from '../input/time.ts'
import { choice, pattern, text } from '../input/values.ts'
import { type Limit, limit } from '../limit.ts'
import { type OnUnknown, onUnknowns, type Priority, priorities } from '../mail/mail.ts'
import { defaultRetry, fillRetry, type RetryPolicy, retryOptions } from '../retry.ts'
import type { Transports } from './read-transports.ts'

export interface StreamSettings {
  readonly name: string
  readonly transport: string | undefined
  readonly priority: Priority | undefined
  /** Milliseconds; Infinity is never. */
  readonly expiresIn: number
  readonly retry: RetryPolicy
  readonly limit: Limit | undefined
  readonly onUnknown: OnUnknown
  readonly retention: Retention
}

/** Milliseconds; Infinity keeps for ever. */
interface Retention {
  readonly sent: number
  readonly failed: number
  readonly bodies: number
}

const defaultRetention: Retention = { sent: 30 * 86_400_000, failed: 90 * 86_400_000, bodies: 7 * 86_400_000 }

const span = duration({ never: true })
const kept = (value: unknown) => (value === 'forever' ? Number.POSITIVE_INFINITY : span(value))

export const retentionOptions = table(
  { sent: optional(kept), failed: optional(kept), bodies: optional(kept) },
  {
    foreign: {
      body: "'bodies'",
      content: "'bodies'",
      removeOnComplete: "'sent'",
      removeOnFail: "'failed'",
      days: "'sent', 'failed' and 'bodies'",
    },
  },
)

const streamName = pattern(/^[\w.-]+$/, {
  max: 60,
  wanted: '1 to 60 letters, digits, dots, dashes and underscores',
})

const streamOptions = table(
  {
    transport: optional(text({ max: 60 })),
    priority: optional(choice(priorities)),
    expiresIn: withDefault(Number.POSITIVE_INFINITY, duration({ never: true })),
    retry: optional(retryOptions),
    limit: optional(limit),
    onUnknown: withDefault('retry', choice(onUnknowns)),
    retention: optional(retentionOptions),
  },
  {
    foreign: {
      ttl: "'expiresIn'",
      rateLimit: "'limit'",
      limiter: "'limit'",
      attempts: "'retry: { giveUpAfter }'",
      backoff: "'retry: { first, factor, max }'",
      transports: "'transport'",
      concurrency: 'worker({ concurrency })',
    },
  },
)

const namedStreams = record(nameOfStream, (value) => streamOptions(value === undefined ? {} : value))

export const streams = (value: unknown) => namedStreams(value)

interface QueueWide {
  readonly retry: ReturnType<typeof retryOptions> | undefined
  readonly retention: ReturnType<typeof retentionOptions> | undefined
  readonly transports: Transports
}

/** Fills what the streams leave open; `default` is always there. */
export function streamsOf(
  read: ReturnType<typeof streams> | undefined,
  { retry, retention, transports }: QueueWide,
): ReadonlyMap<string, StreamSettings> {
  const base = {
    retry: fillRetry(retry, defaultRetry),
    retention: fillRetention(retention, defaultRetention),
  }
  const known = Object.keys(transports)
  const all = new Map([['default', streamOptions({})], ...(read ?? [])])
  return new Map(
    [...all].map(([name, stream]) => {
      const { transport } = stream
      if (transport !== undefined && !known.includes(transport))
        throw new Refusal(`names no transport: there is no '${transport}'${nearMiss(transport, known)}`)
          .prefix('transport')
          .prefix(name)
          .prefix('streams')
      return [
        name,
        {
          ...stream,
          name,
          retry: fillRetry(stream.retry, base.retry),
          retention: fillRetention(stream.retention, base.retention),
        },
      ]
    }),
  )
}

function fillRetention(read: ReturnType<typeof retentionOptions> | undefined, base: Retention): Retention {
  return {
    sent: read?.sent ?? base.sent,
    failed: read?.failed ?? base.failed,
    bodies: read?.bodies ?? base.bodies,
  }
}

function nameOfStream(name: unknown): string {
  try {
    return streamName(name)
  } catch {
    throw new Refusal(
      'is not a name for a stream: it takes 1 to 60 letters, digits, dots, dashes and underscores',
    )
  }
}

/** Names the streams that there are. */
export function unknownStream(name: string, known: readonly string[]): PosthasteError {
  return new PosthasteError(
    'PH_STREAM_UNKNOWN',
    `'${name}'${nearMiss(name, known)}; there are ${known.join(', ')}`,
  )
}
