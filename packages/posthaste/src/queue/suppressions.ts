import { setImmediate } from 'node:timers/promises'
import { PosthasteError } from '../errors.ts'
import { cleanText } from '../foreign.ts'
import { fieldsOf } from '../input/fields.ts'
import { isNot, readAt, readInput } from '../input/reader.ts'
import { Refusal } from '../input/refusal.ts'
import { show } from '../input/show.ts'
import { present } from '../input/table.ts'
import { after, type Duration } from '../input/time.ts'
import { entryKey } from '../mail/entry-key.ts'
import type { Page, Store, Suppression as SuppressionRow } from '../store/store.ts'
import type { Scope } from '../store/suppression-store.ts'
import { checkStream } from './check-stream.ts'
import type { QueueParts } from './queue-parts.ts'
import { readScope, readSuppress, readSuppressionPage } from './read-calls.ts'
import { type Suppression, suppressionOf } from './records.ts'

export interface SuppressOptions {
  /**
   * Why; free text. Two reasons say by themselves how far the entry reaches, whatever stream is given: `complained` counts for all streams of
   * its tenant, `bounced` (for good) for every tenant, since all share the transport's reputation, unless the queue says `bounces: 'tenant'`.
   * @default 'by-hand'
   */
  reason?: string | undefined
  /** Who said so. @default 'app' */
  origin?: string | undefined
  /** Free text for people, up to 2,000 characters. @default none */
  note?: string | undefined
  /** Only in this stream, which is configured or has mail. @default every stream */
  stream?: string | undefined
  /** Only mail of this tenant. @default mail of every tenant, and of none */
  tenant?: string | undefined
  /** It ends by itself. @default never */
  expiresIn?: Duration | undefined
}

/** The suppression list. An entry is an address, or `@domain` for all of a domain, in any spelling; it is stored as it is compared. */
export class Suppressions {
  readonly #parts: QueueParts

  /** @internal */
  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  /**
   * Stops mail to an address or `@domain`, mail that is queued already included; tells whether the entry is new.
   *
   * @throws {PH_ADDRESS_INVALID}
   * @throws {PH_STREAM_UNKNOWN} with the names there are
   */
  async add(address: string, options: SuppressOptions = {}): Promise<boolean> {
    const entry = this.#entry(address, options, 'app')
    const store = await this.#store()
    await this.#checkStreams([entry], store)
    return store.suppressions.add(entry)
  }

  /** Adds many; tells how many are new. @throws {PH_ADDRESS_INVALID} {PH_STREAM_UNKNOWN} naming the first that is wrong, with nothing stored */
  async import(entries: Iterable<string | ({ address: string } & SuppressOptions)>): Promise<number> {
    const store = await this.#store()
    const read: SuppressionRow[] = []
    for (const [index, entry] of readInput(listed, entries).entries()) {
      const { address, ...options } = readInput((one) => readAt(index, () => importable(one)), entry)
      read.push(this.#entry(address, options, 'import'))
      if (read.length % breathEvery === 0) await setImmediate()
    }
    await this.#checkStreams(read, store)
    return store.suppressions.addMany(read)
  }

  /** Takes the entry of this stream and tenant away; tells whether it was there. @throws {PH_ADDRESS_INVALID} {PH_STREAM_UNKNOWN} */
  async remove(address: string, options: ScopeOptions = {}): Promise<boolean> {
    const [key, scope] = [suppressionKey(address), readScope(options)]
    const store = await this.#store()
    const removed = await store.suppressions.remove(key, scope)
    if (!removed) await this.#checkStreams([scope], store)
    return removed
  }

  /** Entries in the order of their addresses, a page at a time; `match` is how the address or its domain begins. */
  async list(
    options: { limit?: number | undefined; after?: string | undefined; match?: string | undefined } = {},
  ): Promise<Page<Suppression>> {
    const read = readSuppressionPage(options)
    const store = await this.#store()
    const { items, next } = await store.suppressions.list(present(read) as typeof read & { limit: number })
    return { items: items.map(suppressionOf), next }
  }

  /**
   * The entries that stop mail to this address now, of this stream and tenant, or of none; none: it may be mailed.
   *
   * @throws {PH_ADDRESS_INVALID} {PH_STREAM_UNKNOWN}
   */
  async check(address: string, options: ScopeOptions = {}): Promise<Suppression[]> {
    const [key, scope] = [suppressionKey(address), readScope(options)]
    const store = await this.#store()
    const found = await store.suppressions.check(key, { ...scope, now: this.#parts.clock.now() })
    if (found.length === 0) await this.#checkStreams([scope], store)
    return found.map(suppressionOf)
  }

  /** Every entry, page by page. */
  async *export(): AsyncGenerator<Suppression> {
    let after: string | undefined
    do {
      const page = await this.list({ limit: 500, ...(after === undefined ? {} : { after }) })
      yield* page.items
      after = page.next
    } while (after !== undefined)
  }

  async #checkStreams(scopes: readonly Scope[], store: Store): Promise<void> {
    for (const stream of new Set(scopes.map((scope) => scope.stream)))
      if (stream !== '') await checkStream(stream, store, this.#parts)
  }

  async #store(): Promise<Store> {
    return (await this.#parts.connection.ready()).store
  }

  #entry(address: string, options: SuppressOptions, by: string): SuppressionRow {
    const { reason, origin = by, note, stream, tenant, expiresIn } = readSuppress(options)
    const now = this.#parts.clock.now()
    return {
      address: suppressionKey(address),
      ...reachOf(reason, { stream, tenant }, this.#parts.settings().bounces),
      reason,
      origin,
      note,
      createdAt: now,
      expiresAt: after(now, expiresIn),
    }
  }
}

interface ScopeOptions {
  stream?: string | undefined
  tenant?: string | undefined
}

/** A complaint counts for all streams of its tenant, and a bounce for all tenants too, unless `bounces` says otherwise. */
function reachOf(reason: string, { stream, tenant }: Scope, bounces: 'all' | 'tenant'): Scope {
  if (reason === 'complained') return { stream: '', tenant }
  if (reason === 'bounced') return { stream: '', tenant: bounces === 'tenant' ? tenant : '' }
  return { stream, tenant }
}

type Importable = { readonly address: string } & SuppressOptions

const mostImported = 1_000_000

/** After how many entries of an import the event loop has its turn. */
const breathEvery = 500

/** Iterators are the app's: what they throw is refused as anything unreadable is. */
function listed(entries: unknown): readonly unknown[] {
  if (typeof entries !== 'object' || entries === null || !(Symbol.iterator in entries))
    throw isNot(entries, 'a list')
  const all: unknown[] = []
  for (const entry of entries as Iterable<unknown>) {
    if (all.length === mostImported) throw new Refusal('are more than 1,000,000: import them in parts')
    all.push(entry)
  }
  return all
}

/** A text or an object. */
function importable(entry: unknown): Importable {
  if (typeof entry === 'string') return { address: entry }
  if (typeof entry !== 'object' || entry === null) throw isNot(entry, 'an address or { address, … }')
  return fieldsOf(entry) as unknown as Importable
}

/** An entry as it is stored. @throws {PH_ADDRESS_INVALID} */
export function suppressionKey(address: string): string {
  const key = typeof address === 'string' && address.length <= longestEntry ? entryKey(address) : undefined
  if (key !== undefined) return key
  throw new PosthasteError(
    'PH_ADDRESS_INVALID',
    typeof address === 'string' ? JSON.stringify(cleanText(address, 320)) : show(address),
  )
}

/** A name may stand before the address. */
const longestEntry = 1_000
