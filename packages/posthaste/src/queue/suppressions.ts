import type { Clock } from '../clock.ts'
import { PosthasteError } from '../errors.ts'
import { type Duration, milliseconds } from '../input/time.ts'
import type { Page, Suppression as SuppressionRow } from '../store/store.ts'
import type { Connection } from './connection.ts'
import { type Suppression, suppressionOf } from './records.ts'

export interface SuppressOptions {
  /** Why; free text such as `bounced`, `complained`, `unsubscribed`. @default 'by-hand' */
  reason?: string
  /** Who said so. @default 'app' */
  origin?: string
  /** Free text for people, up to 2,000 characters. @default none */
  note?: string
  /** Only in this stream. @default every stream */
  stream?: string
  /** It ends by itself. @default never */
  expiresIn?: Duration
}

/** The suppression list. An entry is an address, or `@domain` for all of a domain; the case of letters does not matter. */
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
    const { store } = await this.#connection.ready()
    return store.suppressions.add(this.#entry(address, options))
  }

  /** Adds many; tells how many are new. @throws {PH_ADDRESS_INVALID} naming the first that is wrong, with nothing stored */
  async import(entries: Iterable<string | ({ address: string } & SuppressOptions)>): Promise<number> {
    const { store } = await this.#connection.ready()
    const read = [...entries].map((entry) =>
      typeof entry === 'string'
        ? this.#entry(entry, { origin: 'import' })
        : this.#entry(entry.address, { origin: 'import', ...entry }),
    )
    return store.suppressions.addMany(read)
  }

  /** Takes an entry away; tells whether it was there. */
  async remove(address: string, { stream = '' }: { stream?: string } = {}): Promise<boolean> {
    const { store } = await this.#connection.ready()
    return store.suppressions.remove(suppressionKey(address), stream)
  }

  /** Entries in the order of their addresses, a page at a time; `match` is how the address begins. */
  async list(options: { limit?: number; after?: string; match?: string } = {}): Promise<Page<Suppression>> {
    const { store } = await this.#connection.ready()
    const { items, next } = await store.suppressions.list({ limit: 100, ...options })
    return { items: items.map(suppressionOf), next }
  }

  /** The entries that stop mail to this address now; none: it may be mailed. */
  async check(address: string, { stream = '' }: { stream?: string } = {}): Promise<Suppression[]> {
    const { store } = await this.#connection.ready()
    const found = await store.suppressions.check(suppressionKey(address), stream, this.#clock.now())
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

  #entry(
    address: string,
    { reason = 'by-hand', origin = 'app', note, stream = '', expiresIn }: SuppressOptions,
  ): SuppressionRow {
    const now = this.#clock.now()
    return {
      address: suppressionKey(address),
      stream,
      reason: reason.slice(0, 60),
      origin: origin.slice(0, 60),
      note: note ?? null,
      createdAt: now,
      expiresAt: expiresIn === undefined ? null : now + milliseconds(expiresIn, 'expiresIn'),
    }
  }
}

/** An entry as it is stored. @throws {PH_ADDRESS_INVALID} */
export function suppressionKey(address: string): string {
  const key =
    typeof address === 'string' ? (/<([^<>]+)>\s*$/.exec(address)?.[1] ?? address).trim().toLowerCase() : ''
  if (!/^[^\s@]*@[^\s@]+$/.test(key) || key.length > 320)
    throw new PosthasteError('PH_ADDRESS_INVALID', JSON.stringify(address))
  return key
}
