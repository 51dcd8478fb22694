import { newId } from '../ids.ts'
import type { StoredContent } from '../mail/content-source.ts'
import type { MailAttachment } from '../mail/mail.ts'
import { readStoredContent } from '../mail/put-content.ts'
import { runSteps } from '../store/statement.ts'
import type { QueueParts } from './queue-parts.ts'

/** Content that is stored once, in a transaction of its own, and named in many mails. */
export class Attachments {
  readonly #parts: QueueParts

  /** @internal */
  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  /**
   * Stores content and gives the reference that stands for it as `content` of an attachment. Unused, it is kept for 30 days.
   *
   * @throws {PH_CONTENT_TOO_LARGE} {PH_PATH_REFUSED} {PH_URL_REFUSED} {PH_CONTENT_UNREADABLE}
   * @example
   * const terms = await mail.attachments.put({ path: '/srv/terms.pdf' })
   * await mail.enqueue({ to, subject, text, attachments: [{ filename: 'terms.pdf', content: terms }] })
   */
  async put(
    content: Buffer | string | NodeJS.ReadableStream | Pick<MailAttachment, 'path' | 'href'>,
  ): Promise<StoredContent> {
    const { settings, clock, connection } = this.#parts
    const { database, enqueueStore } = await connection.ready()
    const source = await readStoredContent(content, settings().limits)
    const id = newId()
    try {
      await database.transaction((tx) =>
        runSteps(enqueueStore.putContent({ id, source }, { now: clock.now(), pinned: 1 }), tx),
      )
    } finally {
      source.dispose()
    }
    return { posthasteContent: id, size: source.size, sha256: source.sha256 }
  }
}
