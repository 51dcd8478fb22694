import { setImmediate } from 'node:timers/promises'
import { isPosthasteError, PosthasteError } from '../errors.ts'
import { readInput } from '../input/reader.ts'
import { table, withDefault } from '../input/table.ts'
import { choice, number } from '../input/values.ts'
import type { Mail } from '../mail/mail.ts'
import { type EnqueueOptions, optionNames } from '../options.ts'
import type { NewEntry } from '../store/add/new-mail.ts'
import type { Awaitable } from '../transactions/guards/transaction-guard.ts'
import { bodyLater, bodyNow, compose, newSharing, type Sharing } from './compose.ts'
import type { Enqueued, Enqueueing } from './enqueue.ts'
import { BatchError, type InvalidItem, type ManyResult, manyResult } from './many-result.ts'

/** One mail of many, with its options beside it. */
export type ManyItem<Stream extends string = string> = { mail: Mail } & EnqueueOptions<Stream>

export interface ManyOptions {
  /** `strict`: a chunk with a bad mail stores nothing, and the call ends; `skip`: bad mails are left out and told of. @default 'strict' */
  onInvalid?: 'strict' | 'skip' | undefined
  /** Most mails stored by one statement, if they come to no more than 4 MB; on the queue's own connection also by one transaction. 1 to 1,000. @default 100 */
  chunk?: number | undefined
}

const besideItsMail = Object.fromEntries(
  optionNames.map((name) => [name, 'the options of a mail stand beside it, in its item'] as const),
)

const manyOptions = table(
  {
    onInvalid: withDefault('strict', choice(['strict', 'skip'])),
    chunk: withDefault(100, number({ min: 1, max: 1_000, whole: true })),
  },
  { foreign: { ...besideItsMail, chunkSize: "'chunk'", batchSize: "'chunk'", bulk: "'chunk'" } },
)

export type Items = Iterable<ManyItem> | AsyncIterable<ManyItem>

/** Stores the mails of one chunk. */
export type AddChunk = (entries: readonly NewEntry[], sharing: Sharing) => Awaitable<readonly Enqueued[]>

/** Every database takes so much in one statement: MariaDB's default packet is 16 MB. */
const chunkBytes = 4 * 1024 * 1024
const bytesOfRecipient = 400

/** How many mails are composed before sockets have their turn. */
const breathEvery = 8

interface Chunk {
  entries: NewEntry[]
  invalid: InvalidItem[]
  bytes: number
}

interface Run {
  readonly queue: Enqueueing
  readonly options: ReturnType<typeof manyOptions>
  readonly add: AddChunk
  readonly sharing: Sharing
  readonly results: (Enqueued | undefined)[]
  readonly errors: InvalidItem[]
  chunk: Chunk
  /** A chunk could not be stored. */
  failed: boolean
}

/** Awaits only what must be awaited: where nothing must, all is done when this returns, for transactions that are synchronous. */
export async function inChunks(
  queue: Enqueueing,
  items: Items,
  { options, add, end }: { options: ManyOptions; add: AddChunk; end?: () => Awaitable<void> },
): Promise<ManyResult> {
  const given = readInput(manyOptions, options)
  const run: Run = {
    queue,
    options: given,
    add,
    sharing: newSharing(),
    results: [],
    errors: [],
    chunk: { entries: [], invalid: [], bytes: 0 },
    failed: false,
  }
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  try {
    await pull(run, iterator, end)
  } catch (error) {
    await iterator.return?.()
    throw error
  }
  return manyResult(run.results, run.errors)
}

/** While one chunk is stored the next is composed: the database and this process work side by side. `npm run bench` printed 0.70 of composing alone before, and 1.09 since. */
async function pull(
  run: Run,
  iterator: Iterator<ManyItem> | AsyncIterator<ManyItem>,
  end?: () => Awaitable<void>,
): Promise<void> {
  let storing: Promise<void> | undefined
  for (let index = 0; ; index++) {
    const asked = iterator.next()
    const { done, value } = asked instanceof Promise ? await asked : asked
    if (done) break
    const reading = readItem(run, value, index)
    put(run, reading instanceof Promise ? await reading : reading)
    if (storing && index % breathEvery === 0) await setImmediate()
    if (run.failed || isFull(run)) {
      if (storing) await storing
      storing = flush(run)
    }
  }
  if (storing) await storing
  const last = flush(run)
  if (last) await last
  const ending = end?.()
  if (ending) await ending
}

function put({ chunk }: Run, read: NewEntry | InvalidItem): void {
  if ('code' in read) {
    chunk.invalid.push(read)
    return
  }
  const { mail, body } = read
  chunk.entries.push(read)
  chunk.bytes += body.document.length + (body.mime?.length ?? 0) + mail.recipients.length * bytesOfRecipient
}

function isFull({ chunk: { entries, invalid, bytes }, options }: Run): boolean {
  return entries.length + invalid.length >= options.chunk || bytes >= chunkBytes
}

function flush(run: Run): Promise<void> | undefined {
  const { entries, invalid } = run.chunk
  run.chunk = { entries: [], invalid: [], bytes: 0 }
  if (invalid.length > 0 && run.options.onInvalid === 'strict') throw new BatchError(invalid)
  const added = entries.length > 0 ? run.add(entries, run.sharing) : []
  const note = (stored: readonly Enqueued[]) => {
    const left = [...stored]
    const bad = new Set(invalid.map(({ index }) => index))
    const from = run.results.length
    for (let at = from; at < from + entries.length + invalid.length; at++)
      run.results.push(bad.has(at) ? undefined : left.shift())
    run.errors.push(...invalid)
  }
  if (added instanceof Promise) {
    // The next chunk is composed meanwhile, and only then is this one asked what became of it.
    added.catch(() => {
      run.failed = true
    })
    return expected(added.then(note))
  }
  note(added)
  return undefined
}

/** A failure that is handled later must not count as unhandled until then. */
function expected<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}

function readItem(
  { queue, sharing }: Run,
  item: ManyItem,
  index: number,
): NewEntry | InvalidItem | Promise<NewEntry | InvalidItem> {
  const invalid = (error: unknown): InvalidItem => {
    if (!isPosthasteError(error)) throw error
    return { index, code: error.code, message: error.message }
  }
  try {
    if (typeof item !== 'object' || item === null)
      throw new PosthasteError('PH_MAIL_INVALID', 'an item is { mail, ...options }')
    const { mail: given, ...options } = item
    const composing = compose(given, options, queue)
    const { mail } = composing
    const body = bodyNow(composing, queue.settings, sharing)
    if (body) return { mail, body }
    return bodyLater(composing, queue.settings, sharing).then((read) => ({ mail, body: read }), invalid)
  } catch (error) {
    return invalid(error)
  }
}
