import { unknownStream } from '../config/read-streams.ts'
import type { StreamSettings } from '../config/settings.ts'
import { eventNames } from '../events.ts'
import { readAt, readInput } from '../input/reader.ts'
import { neverUndefined, optional, present, table } from '../input/table.ts'
import { duration, longestTimer } from '../input/time.ts'
import { abortSignal, callback, choice, flag, list, number, text } from '../input/values.ts'
import { mailId } from '../options.ts'

type Streams = ReadonlyMap<string, StreamSettings>

const concurrency = number({ min: 1, max: 10_000, whole: true })
const streamNames = list(text({ max: 60 }), { min: 1, max: 10_000 })
const day = 86_400_000

/** What BullMQ, pg-boss, Graphile Worker and Nodemailer's pool call them. */
const foreign = {
  lockDuration: "'lease'",
  stalledInterval: "'lease'",
  maxStalledCount: "'maxRescues'",
  teamSize: "'concurrency'",
  teamConcurrency: "'concurrency'",
  batchSize: "'concurrency'",
  prefetch: "'concurrency'",
  parallel: "'concurrency'",
  maxConnections: "'concurrency', or 'maxConnections' of a transport",
  pollingInterval: "'pollInterval'",
  pollingIntervalSeconds: "'pollInterval'",
  interval: "'pollInterval'",
  gracefulShutdownTimeout: "'stopWithin'",
  limiter: "'limit' of a transport or a stream, in the configuration",
  rateLimit: "'limit' of a transport or a stream, in the configuration",
  queues: "'streams'",
  stream: "'streams'",
  limit: "'max' of deliverDue(), or 'limit' of a transport or a stream",
  timeout: "'maxMs' of deliverDue()",
}

const workerOptions = table(
  {
    concurrency: optional(concurrency),
    streams: optional(streamNames),
    lease: optional(duration({ min: 1_000, max: day })),
    pollInterval: optional(duration({ min: 10, max: day })),
    stopWithin: optional(duration({ max: longestTimer })),
    maxRescues: optional(number({ min: 1, max: 1_000, whole: true })),
    name: optional(text({ max: 200 })),
    housekeeping: optional(flag),
  },
  { foreign },
)

const unbounded = { max: Number.MAX_SAFE_INTEGER, unbounded: true }

const deliverOptions = table(
  {
    ids: neverUndefined(list(mailId, { max: 1_000_000 })),
    streams: optional(streamNames),
    maxMs: optional(number({ min: 0, ...unbounded })),
    concurrency: optional(concurrency),
    signal: optional(abortSignal),
    max: optional(number({ min: 0, whole: true, ...unbounded })),
    capture: optional(flag),
    maxDeferred: optional(number({ min: 0, whole: true, ...unbounded })),
  },
  { foreign },
)

/** @throws {PH_OPTION_UNKNOWN} {PH_OPTION_INVALID} {PH_STREAM_UNKNOWN} */
export function readWorkerOptions(options: unknown, streams: Streams) {
  return withKnownStreams(readInput(workerOptions, options), streams)
}

/** @throws {PH_OPTION_UNKNOWN} {PH_OPTION_INVALID} {PH_STREAM_UNKNOWN} */
export function readDeliverOptions(options: unknown, streams: Streams) {
  return withKnownStreams(readInput(deliverOptions, options), streams)
}

const event = choice(eventNames)
const listener = callback<(...args: never[]) => void>()

/** @throws {PH_OPTION_INVALID} there is no such event, or the listener is no function */
export function readListener(name: unknown, given: unknown): void {
  readInput((value) => readAt('event', () => event(value)), name)
  readInput((value) => readAt('listener', () => listener(value)), given)
}

/** @throws {PH_OPTION_INVALID} */
export function readSignal(signal: unknown): AbortSignal | undefined {
  return signal === undefined
    ? undefined
    : readInput((value) => readAt('signal', () => abortSignal(value)), signal)
}

function withKnownStreams<T extends { readonly streams: readonly string[] | undefined }>(
  read: T,
  streams: Streams,
) {
  for (const name of read.streams ?? [])
    if (!streams.has(name)) throw unknownStream(name, [...streams.keys()])
  return present(read)
}
