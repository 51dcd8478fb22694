import { types } from 'node:util'
import { isProduction } from '../environment.ts'
import { PosthasteError } from '../errors.ts'
import type { Filter } from '../filter.ts'
import { type Border, readInput } from '../input/reader.ts'
import { show } from '../input/show.ts'
import { optional, plainObject, table } from '../input/table.ts'
import { anything } from '../input/values.ts'
import { isMailQueue } from '../queue/is-mail-queue.ts'
import type { MailQueue } from '../queue/mail-queue.ts'
import type { MailReader } from '../queue/mail-reader.ts'
import type { MailRecord } from '../queue/records.ts'
import { OutboxError } from './find-in-mail.ts'
import { type OutboxMail, readOutboxMail } from './outbox-mail.ts'

export interface OutboxOptions {
  /** The app's open transaction: what it has enqueued and not committed is seen too. */
  tx?: object
}

/** Which mails. `subject` may be a pattern; as text it is how the subject begins. No filter is every mail. */
export interface OutboxFilter extends Omit<Filter, 'all' | 'subject'> {
  subject?: string | RegExp
}

/**
 * The mail that the app has queued, read from its own queue and database, for its tests.
 *
 * @example
 * const welcome = await outbox(mail).only({ to: 'ada@example.com' })
 * expect(welcome.subject).toBe('Welcome')
 * await page.goto(welcome.link(/verify/))
 */
export function outbox(mail: MailQueue<never> | MailQueue, options: OutboxOptions = {}): Outbox {
  const { tx } = readInput(outboxOptions, options)
  if (!isMailQueue(mail))
    throw new OutboxError('outbox() takes the mail queue that createMailQueue() or fakeQueue() gave')
  return new Outbox(mail, tx)
}

const outboxOptions = table({ tx: optional(anything<object>()) })

export class Outbox {
  readonly #mail: MailQueue
  readonly #tx: object | undefined

  /** @internal */
  constructor(mail: MailQueue, tx: object | undefined) {
    this.#mail = mail
    this.#tx = tx
  }

  /** Mails that match, in the order in which they were queued. @throws {PH_FILTER_INVALID} a key is undefined */
  async all(given: OutboxFilter = {}): Promise<OutboxMail[]> {
    const filter = readFilter(given)
    const reader = this.#reader()
    const found: OutboxMail[] = []
    for (const record of await this.#records(filter)) found.push(await readOutboxMail(record, reader))
    return found.filter(({ subject }) => fits(subject, filter.subject))
  }

  /** The one mail that matches. @throws {OutboxError} with a list, when there is none or more than one */
  async only(given: OutboxFilter = {}): Promise<OutboxMail> {
    const filter = readFilter(given)
    const found = await this.all(filter)
    const [one] = found
    if (one && found.length === 1) return one
    throw await this.#unexpected(`exactly one mail ${describe(filter)}`, found)
  }

  /** Makes sure that no mail matches. @throws {OutboxError} with a list, when there is one */
  async none(given: OutboxFilter = {}): Promise<void> {
    const filter = readFilter(given)
    const found = await this.all(filter)
    if (found.length > 0) throw await this.#unexpected(`no mail ${describe(filter)}`, found)
  }

  /**
   * Delivers what is committed and due, without any network: each mail goes the whole way of a worker, and a capturing transport accepts it.
   *
   * @throws {PH_TRANSACTION_HANDLE} the outbox is that of an open transaction
   * @throws {OutboxError} in production, and where a worker delivers this queue's mail
   */
  async deliver(): ReturnType<MailQueue['deliverDue']> {
    if (this.#tx)
      throw new PosthasteError(
        'PH_TRANSACTION_HANDLE',
        'mail is delivered after the commit: use outbox(mail) without tx',
      )
    await this.#requireTests('deliver()')
    return this.#mail.deliverDue({ capture: true })
  }

  /** Deletes every mail of the queue, whatever its state; tells how many. @throws {OutboxError} as for {@link Outbox.deliver} */
  async clear(): Promise<number> {
    await this.#requireTests('clear()')
    await this.#mail.cancel({ all: true })
    return this.#mail.purge({ all: true }, { olderThan: 0 })
  }

  /** What it does to mail must not be done to real mail: that would count as sent, or be gone. */
  async #requireTests(call: string): Promise<void> {
    if (isProduction()) throw new OutboxError(`outbox().${call} is for tests, and NODE_ENV is production`)
    const { workers } = await this.#mail.health()
    const alive = workers.find((worker) => worker.alive)
    if (alive)
      throw new OutboxError(
        `outbox().${call} is for tests, and the worker ${alive.name} delivers this queue's mail: stop it, or use a database for the tests`,
      )
  }

  async #records(filter: OutboxFilter): Promise<MailRecord[]> {
    const { subject, ...rest } = filter
    const asked: Filter = {
      ...rest,
      ...('subject' in filter && !types.isRegExp(subject) ? { subject } : {}),
    } as Filter
    const reader = this.#reader()
    const records: MailRecord[] = []
    for (let after: string | undefined; ; ) {
      const page = await reader.find(Object.keys(asked).length > 0 ? asked : { all: true }, {
        limit: 200,
        ...(after === undefined ? {} : { after }),
      })
      records.push(...page.items)
      after = page.next
      if (after === undefined) return records.reverse()
    }
  }

  async #unexpected(expected: string, found: readonly OutboxMail[]): Promise<OutboxError> {
    const there = found.length > 0 ? found : await this.#records({})
    const what = found.length > 0 ? `${found.length} match` : `none matches, of ${there.length}`
    return new OutboxError(`Expected ${expected}; ${what}:\n${listing(there)}`)
  }

  #reader(): MailReader {
    return this.#tx ? this.#mail.readIn(this.#tx) : this.#mail
  }
}

/** Read once; what its keys are is the queue's to check. */
function readFilter(filter: OutboxFilter): OutboxFilter {
  const border: Border = { unknown: 'PH_FILTER_INVALID', invalid: 'PH_FILTER_INVALID', at: 'filter' }
  return readInput((value) => ({ ...plainObject(value) }), filter, border)
}

function fits(subject: string, wanted: string | RegExp | undefined): boolean {
  return !types.isRegExp(wanted) || new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, '')).test(subject)
}

function shown(value: unknown): string {
  if (types.isRegExp(value)) return String(value)
  return types.isDate(value) ? show(value) : JSON.stringify(value)
}

function describe(filter: OutboxFilter): string {
  const parts = Object.entries(filter).map(([key, value]) => `${key}: ${shown(value)}`)
  return parts.length > 0 ? `{ ${parts.join(', ')} }` : 'at all'
}

function listing(mails: readonly Pick<MailRecord, 'state' | 'subject' | 'recipients'>[]): string {
  if (mails.length === 0) return '  (the outbox is empty)'
  const lines = mails
    .slice(0, 20)
    .map(
      ({ state, subject, recipients }) =>
        `  ${state}  "${subject}"  to ${recipients.map(({ address }) => address).join(', ')}`,
    )
  return [...lines, ...(mails.length > 20 ? [`  and ${mails.length - 20} more`] : [])].join('\n')
}
