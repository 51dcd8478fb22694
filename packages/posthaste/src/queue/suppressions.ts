import type { Clock } from '../clock.ts'
import { PosthasteError } from '../errors.ts'
import { cleanText } from '../foreign.ts'
import { fieldsOf } from '../input/fields.ts'
import { isNot, readAt, readInput } from '../input/reader.ts'
import { Refusal } from '../input/refusal.ts'
import { show } from '../input/show.ts'
import { present } from '../input/table.ts'
import { after, type Duration } from '../input/time.ts'
import { entryKey } from '../mail/entry-key.ts'
import type { Page, Suppression as SuppressionRow } from '../store/store.ts'
import type { Connection } from './connection.ts'
import { readStream, readSuppress, readSuppressionPage } from './read-calls.ts'
import { type Suppression, suppressionOf } from './records.ts'

export interface SuppressOptions {
  /** Why; free text such as `bounced`, `complained`, `unsubscribed`. @default 'by-hand' */
  reason?: string | undefined
  /** Who said so. @default 'app' */
  origin?: string | undefined
  /** Free text for people, up to 2,000 characters. @default none */
  note?: string | undefined
  /** Only in this stream. @default every stream */
  stream?: string | undefined
  /** It ends by itself. @default never */
  expiresIn?: Duration | undefined
}

/** The suppression list. An entry is an address, or `@domain` for all of a domain, in any spelling; it is stored as it is compared. */
export class Suppressions {
  readonly #connection: Connection
  readonly #clock: Clock

  /** @internal */
  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Stops mail to an address or `@domain`, mail that is queued already included; tells whether the entry is new. @throws {PH_ADDRESS_INVALID} */
  async add(address: string, options: SuppressOptions = {}): Promise<boolean> {
    const entry = this.#entry(address, options, 'app')
    const { store } = await this.#connection.ready()
    return store.suppressions.add(entry)
  }

  /** Adds many; tells how many are new. @throws {PH_ADDRESS_INVALID} naming the first that is wrong, with nothing stored */
  async import(entries: Iterable<string | ({ address: string } & SuppressOptions)>): Promise<number> {
    const { store } = await this.#connection.ready()
    const read = readInput(importable, entries).map(({ address, ...options }) =>
      this.#entry(address, options, 'import'),
    )
    return store.suppressions.addMany(read)
  }

  /** Takes an entry away; tells whether it was there. */
  async remove(address: string, options: { stream?: string | undefined } = {}): Promise<boolean> {
    const [key, { stream }] = [suppressionKey(address), readStream(options)]
    const { store } = await this.#connection.ready()
    return store.suppressions.remove(key, stream)
  }

  /** Entries in the order of their addresses, a page at a time; `match` is how the address or its domain begins. */
  async list(
    options: { limit?: number | undefined; after?: string | undefined; match?: string | undefined } = {},
  ): Promise<Page<Suppression>> {
    const read = readSuppressionPage(options)
    const { store } = await this.#connection.ready()
    const { items, next } = await store.suppressions.list(present(read) as typeof read & { limit: number })
    return { items: items.map(suppressionOf), next }
  }

  /** The entries that stop mail to this address now; none: it may be mailed. */
  async check(address: string, options: { stream?: string | undefined } = {}): Promise<Suppression[]> {
    const [key, { stream }] = [suppressionKey(address), readStream(options)]
    const { store } = await this.#connection.ready()
    const found = await store.suppressions.check(key, stream, this.#clock.now())
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

  #entry(address: string, options: SuppressOptions, by: string): SuppressionRow {
    const { reason, origin = by, note, stream, expiresIn } = readSuppress(options)
    const now = this.#clock.now()
    return {
      address: suppressionKey(address),
      stream,
      reason,
      origin,
      note,
      createdAt: now,
      expiresAt: after(now, expiresIn),
    }
  }
}

type Importable = { readonly address: string } & SuppressOptions

const mostImported = 1_000_000

/** Entries as texts or objects. Iterators are the app's: what they throw is refused as anything unreadable is. */
function importable(entries: unknown): readonly Importable[] {
  if (typeof entries !== 'object' || entries === null || !(Symbol.iterator in entries))
    throw isNot(entries, 'a list')
  const read: Importable[] = []
  for (const entry of entries as Iterable<unknown>) {
    if (read.length === mostImported) throw new Refusal('are more than 1,000,000: import them in parts')
    read.push(readAt(read.length, () => importableEntry(entry)))
  }
  return read
}

function importableEntry(entry: unknown): Importable {
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
