import { type ErrorCode, isPosthasteError, PosthasteError } from '../errors.ts'
import type { Mail } from '../mail.ts'
import type { EnqueueOptions } from '../options.ts'
import {
  bodyLater,
  bodyNow,
  type Composing,
  compose,
  disposeBody,
  newSharing,
  type Sharing,
} from './compose.ts'
import { addInOwn, type Enqueued, type Enqueueing } from './enqueue.ts'
import { addIn, incoming } from './enqueue-in.ts'

/** One mail of many, with its options beside it. */
export type ManyItem<Stream extends string = string> = { mail: Mail } & EnqueueOptions<Stream>

export interface ManyOptions {
  /** `strict`: a chunk with a bad mail stores nothing, and the call ends; `skip`: bad mails are left out and told of. @default 'strict' */
  onInvalid?: 'strict' | 'skip'
  /** Mails stored by one statement; on the queue's own connection also by one transaction. 1 to 1,000. @default 100 */
  chunk?: number
}

export interface ManyResult {
  readonly queued: number
  readonly duplicates: number
  readonly suppressed: number
  /** In the order of the items; undefined where one was skipped. */
  readonly results: readonly (Enqueued | undefined)[]
  /** What was skipped, and why. */
  readonly errors: readonly InvalidItem[]
}

export interface InvalidItem {
  readonly index: number
  readonly code: ErrorCode
  readonly message: string
}

/** Some mails were not valid: which, and why. */
export class BatchError extends PosthasteError {
  readonly errors: readonly InvalidItem[]

  constructor(errors: readonly InvalidItem[]) {
    super(
      'PH_BATCH_INVALID',
      errors
        .slice(0, 5)
        .map(({ index, code }) => `[${index}] ${code}`)
        .join(', '),
    )
    this.errors = errors
  }
}

type Items = Iterable<ManyItem> | AsyncIterable<ManyItem>
type AddChunk = (composing: readonly Composing[], sharing: Sharing) => Promise<readonly Enqueued[]>

export function enqueueMany(queue: Enqueueing, items: Items, options: ManyOptions): Promise<ManyResult> {
  return inChunks(queue, items, options, async (composing, sharing) => {
    const connected = await queue.connection.ready()
    const entries = []
    for (const one of composing) {
      const body = bodyNow(one, queue.settings, sharing) ?? (await bodyLater(one, queue.settings, sharing))
      entries.push({ mail: one.mail, body })
    }
    try {
      const added = await addInOwn(connected, entries)
      queue.connection.enqueued()
      return added
    } finally {
      for (const { body } of entries) disposeBody(body)
    }
  })
}

export function enqueueManyIn(
  queue: Enqueueing,
  tx: unknown,
  { items, options }: { items: Items; options: ManyOptions },
): Promise<ManyResult> {
  return inChunks(queue, items, options, (composing, sharing) =>
    addIn(queue, tx, incoming(queue, composing, sharing)),
  )
}

async function inChunks(
  queue: Enqueueing,
  items: Items,
  { onInvalid = 'strict', chunk = 100 }: ManyOptions,
  add: AddChunk,
): Promise<ManyResult> {
  if (!Number.isInteger(chunk) || chunk < 1 || chunk > 1_000)
    throw new PosthasteError('PH_OPTION_INVALID', `chunk is ${chunk}, not 1 to 1,000`)
  const results: (Enqueued | undefined)[] = []
  const errors: InvalidItem[] = []
  let index = 0
  for await (const some of chunked(items, chunk)) {
    const read = some.map((item, offset) => readItem(queue, item, index + offset))
    index += some.length
    const bad = read.flatMap((one) => ('code' in one ? [one] : []))
    if (bad.length > 0 && onInvalid === 'strict') throw new BatchError(bad)
    errors.push(...bad)
    const good = read.flatMap((one) => ('code' in one ? [] : [one]))
    const added = good.length > 0 ? [...(await add(good, newSharing()))] : []
    results.push(...read.map((one) => ('code' in one ? undefined : added.shift())))
  }
  const having = (status: Enqueued['status']) => results.filter((one) => one?.status === status).length
  return {
    queued: having('queued'),
    duplicates: having('duplicate'),
    suppressed: having('suppressed'),
    results,
    errors,
  }
}

function readItem(queue: Enqueueing, item: ManyItem, index: number): Composing | InvalidItem {
  try {
    if (typeof item !== 'object' || item === null)
      throw new PosthasteError('PH_MAIL_INVALID', 'an item is { mail, ...options }')
    const { mail, ...options } = item
    return compose(mail, options, queue)
  } catch (error) {
    if (!isPosthasteError(error)) throw error
    return { index, code: error.code, message: error.message }
  }
}

async function* chunked(items: Items, size: number): AsyncGenerator<ManyItem[]> {
  let chunk: ManyItem[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
