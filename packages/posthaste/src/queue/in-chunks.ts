import { setImmediate } from 'node:timers/promises'
import { isPosthasteError } from '../errors.ts'
import { readFields } from '../input/fields.ts'
import { type Border, readInput } from '../input/reader.ts'
import { table, withDefault } from '../input/table.ts'
import { choice, number } from '../input/values.ts'
import type { Mail } from '../mail/mail.ts'
import { type EnqueueOptions, optionNames } from '../options.ts'
import type { NewEntry } from '../store/add/new-mail.ts'
import type { Awaitable } from '../transactions/guards/transaction-guard.ts'
import { type AddChunk, disposing, leavingOut } from './add-chunk.ts'
import { bodyLater, bodyNow, compose, newSharing, type Sharing } from './compose.ts'
import type { Enqueueing } from './compose-in-time.ts'
import type { Enqueued } from './enqueue.ts'
import { type Items, ItemsFailed, readItems } from './items.ts'
import { BatchError, type InvalidItem, type ManyResult, manyResult } from './many-result.ts'

/** One mail of many, with its options beside it. */
export type ManyItem<Stream extends string = string> = { mail: Mail } & EnqueueOptions<Stream>

export interface ManyOptions {
  /**
   * `strict`: a chunk with a bad mail stores nothing, and the call ends; `skip`: bad mails are left out and told of, so are those whose key
   * belongs to other recipients, and superseded ones. @default 'strict'
   */
  onInvalid?: 'strict' | 'skip' | undefined
  /** Most mails stored by one statement, if they come to no more than 4 MB; on the queue's own connection also by one transaction. 1 to 1,000. @default 100 */
  chunk?: number | undefined
}

const itemBorder: Border = { unknown: 'PH_MAIL_INVALID', invalid: 'PH_MAIL_INVALID', at: 'item' }

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
  readonly items: Items
  chunk: Chunk
  storing: Promise<void> | undefined
  /** A chunk could not be stored. */
  failed: boolean
}

/** Awaits only what must be awaited: where nothing must, all is done when this returns, for transactions that are synchronous. */
export async function inChunks(
  queue: Enqueueing,
  items: unknown,
  { options, add, end }: { options: ManyOptions; add: AddChunk; end?: () => Awaitable<void> },
): Promise<ManyResult> {
  const given = readInput(manyOptions, options)
  const run: Run = {
    queue,
    options: given,
    add: disposing(given.onInvalid === 'skip' ? leavingOut(add) : add),
    sharing: newSharing(),
    results: [],
    errors: [],
    items: readItems(items, { clock: queue.clock, ms: queue.settings.limits.streamTimeout }),
    storing: undefined,
    chunk: { entries: [], invalid: [], bytes: 0 },
    failed: false,
  }
  try {
    await pull(run, end)
  } catch (error) {
    await run.items.end()
    throw error instanceof ItemsFailed ? await itemsError(run, error) : error
  }
  return manyResult(run.results, run.errors)
}

/** While one chunk is stored the next is composed: the database and this process work side by side. `npm run bench` printed 0.70 of composing alone before, and 1.09 since. */
async function pull(run: Run, end?: () => Awaitable<void>): Promise<void> {
  for (let index = 0; ; index++) {
    const asked = run.items.next()
    const next = asked instanceof Promise ? await asked : asked
    if (!next) break
    const reading = readItem(run, next.item, index)
    put(run, reading instanceof Promise ? await reading : reading)
    if (run.storing && index % breathEvery === 0) await setImmediate()
    if (run.failed || isFull(run)) {
      if (run.storing) await run.storing
      run.storing = flush(run)
    }
  }
  if (run.storing) await run.storing
  const last = flush(run)
  if (last) await last
  const ending = end?.()
  if (ending) await ending
}

/** The app's error, once it is known how many mails were stored before it. */
async function itemsError(run: Run, { cause }: ItemsFailed): Promise<BatchError> {
  await run.storing
  return BatchError.failed({ stored: storedOf(run), cause })
}

function storedOf({ results }: Run): number {
  return results.filter((one) => one !== undefined).length
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
  if (invalid.length > 0 && run.options.onInvalid === 'strict')
    throw BatchError.invalid(invalid, storedOf(run))
  const added = entries.length > 0 ? run.add(entries, run.sharing) : []
  const note = (added: Awaited<ReturnType<AddChunk>>) => noteChunk(run, invalid, added)
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

/** In the order of the items: what was not valid, and what the database has stored or refused. */
function noteChunk(
  { results, errors }: Run,
  invalid: readonly InvalidItem[],
  added: Awaited<ReturnType<AddChunk>>,
): void {
  const left = [...added]
  const bad = new Map(invalid.map((one) => [one.index, one]))
  const end = results.length + added.length + invalid.length
  for (let index = results.length; index < end; index++) {
    const one = bad.get(index) ?? left.shift()
    const isStored = one !== undefined && 'status' in one
    results.push(isStored ? one : undefined)
    if (one && !isStored) errors.push({ index, code: one.code, message: one.message })
  }
}

/** A failure that is handled later must not count as unhandled until then. */
function expected<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}

function readItem(
  { queue, sharing }: Run,
  item: unknown,
  index: number,
): NewEntry | InvalidItem | Promise<NewEntry | InvalidItem> {
  const invalid = (error: unknown): InvalidItem => {
    if (!isPosthasteError(error)) throw error
    return { index, code: error.code, message: error.message }
  }
  try {
    const { mail: given, ...options } = readFields(item, itemBorder)
    const composing = compose(given as Mail, options, queue)
    const { mail } = composing
    const body = bodyNow(composing, queue.settings, sharing)
    if (body) return { mail, body }
    return bodyLater(composing, queue.settings, sharing).then((read) => ({ mail, body: read }), invalid)
  } catch (error) {
    return invalid(error)
  }
}
