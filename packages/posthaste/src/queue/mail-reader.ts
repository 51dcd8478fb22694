import { checkFilter, type Filter } from '../filter.ts'
import { isId } from '../ids.ts'
import type { MailRecord, Page, Store } from '../store/store.ts'
import type { MailContent } from './content.ts'
import { readAnyId, readContentOptions, readCount, readMailId, readPage } from './read-calls.ts'
import { type Attempt, attemptOf } from './records.ts'

/** Reads mail: as it is committed, or as an open transaction sees it. */
export class MailReader {
  readonly #store: () => Promise<Store>

  /** @internal */
  constructor(store: () => Promise<Store>) {
    this.#store = store
  }

  /** One mail; undefined where there is none of this id. */
  async get(id: string): Promise<MailRecord | undefined> {
    const read = readAnyId(id)
    return isId(read) ? (await this.#store()).get(read) : undefined
  }

  /** Mails that match, newest first, a page at a time. @throws {PH_FILTER_INVALID} */
  async find(
    filter: Filter,
    options: { limit?: number | undefined; after?: string | undefined } = {},
  ): Promise<Page<MailRecord>> {
    const [read, page] = [checkFilter(filter), readPage(options)]
    return (await this.#store()).find(read, page)
  }

  /** How many match, counted up to `atMost`. @throws {PH_FILTER_INVALID} */
  async count(filter: Filter, options: { atMost?: number | undefined } = {}): Promise<number> {
    const [read, { atMost }] = [checkFilter(filter), readCount(options)]
    return (await this.#store()).count(read, Math.min(atMost, 1_000_000_000))
  }

  /** The history of a mail, oldest first. */
  async attempts(id: string): Promise<Attempt[]> {
    const read = readAnyId(id)
    return isId(read) ? (await (await this.#store()).attempts(read)).map(attemptOf) : []
  }

  /**
   * What a mail says: subject, bodies, headers and attachments, and the message as it goes out. It is read whole into memory.
   *
   * @param options.sensitive true where the content of sensitive mail is meant to be seen
   * @throws {PH_NOT_FOUND} {PH_BODY_GONE} it is no longer stored
   * @throws {PH_SENSITIVE} the mail is sensitive, and `sensitive` was not said
   */
  async content(id: string, options: { sensitive?: boolean | undefined } = {}): Promise<MailContent> {
    const [read, { sensitive }] = [readMailId(id), readContentOptions(options)]
    // Loaded now: an app that only enqueues never renders what is stored.
    const { readContent } = await import('./content.ts')
    return readContent(await this.#store(), read, sensitive)
  }
}
