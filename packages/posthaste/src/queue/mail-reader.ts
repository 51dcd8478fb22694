import { checkFilter, type Filter } from '../filter.ts'
import type { MailRecord, Page, Store } from '../store/store.ts'
import type { MailContent } from './content.ts'
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
    return (await this.#store()).get(id)
  }

  /** Mails that match, newest first, a page at a time. @throws {PH_FILTER_INVALID} */
  async find(
    filter: Filter,
    { limit = 50, after }: { limit?: number; after?: string } = {},
  ): Promise<Page<MailRecord>> {
    return (await this.#store()).find(checkFilter(filter), { limit, after })
  }

  /** How many match, counted up to `atMost`. @throws {PH_FILTER_INVALID} */
  async count(filter: Filter, { atMost = 10_000 }: { atMost?: number } = {}): Promise<number> {
    return (await this.#store()).count(checkFilter(filter), atMost)
  }

  /** The history of a mail, oldest first. */
  async attempts(id: string): Promise<Attempt[]> {
    return (await (await this.#store()).attempts(id)).map(attemptOf)
  }

  /**
   * What a mail says: subject, bodies, headers and attachments, and the message as it goes out. It is read whole into memory.
   *
   * @param options.sensitive true where the content of sensitive mail is meant to be seen
   * @throws {PH_NOT_FOUND} {PH_BODY_GONE} it is no longer stored
   * @throws {PH_SENSITIVE} the mail is sensitive, and `sensitive` was not said
   */
  async content(id: string, { sensitive = false }: { sensitive?: boolean } = {}): Promise<MailContent> {
    // Loaded now: an app that only enqueues never renders what is stored.
    const { readContent } = await import('./content.ts')
    return readContent(await this.#store(), id, sensitive)
  }
}
