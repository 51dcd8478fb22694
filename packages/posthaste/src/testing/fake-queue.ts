import { DatabaseSync } from 'node:sqlite'
import type { QueueConfig } from '../config/queue-config.ts'
import { readFields } from '../input/fields.ts'
import type { Border } from '../input/reader.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { Enqueued } from '../queue/enqueue.ts'
import type { ManyItem, ManyOptions } from '../queue/in-chunks.ts'
import { MailQueue } from '../queue/mail-queue.ts'
import type { MailReader } from '../queue/mail-reader.ts'
import type { ManyResult } from '../queue/many-result.ts'
import { Prepared } from '../queue/prepared.ts'
import { readWork } from '../queue/read-calls.ts'

/**
 * A mail queue that needs no database: the real one, on SQLite in memory, for tests of code whose own database is faked too. It takes
 * anything as `tx` and stores mail at once; what the app rolls back, it keeps.
 *
 * @param config the app's own, if it has streams or defaults; `database` is not used, and nothing is sent
 * @example
 * const mail = fakeQueue({ defaults: { from: 'shop@example.com' } })
 * await new Orders(fakeDatabase, mail).place(order)
 * await outbox(mail).only({ to: order.email })
 */
export function fakeQueue<const Stream extends string = never, const Transport extends string = string>(
  config: Partial<QueueConfig<Stream, Transport>> = {},
): MailQueue<Stream | 'default'> {
  const database = new DatabaseSync(':memory:')
  const own = readFields(config, border)
  return new FakeQueue({ ...own, database, delivery: 'capture' } as QueueConfig, database)
}

const border: Border = { unknown: 'PH_CONFIG', invalid: 'PH_CONFIG', at: 'config' }

class FakeQueue<Stream extends string = string> extends MailQueue<Stream> {
  readonly #database: DatabaseSync

  constructor(config: QueueConfig, database: DatabaseSync) {
    super(config)
    this.#database = database
  }

  override enqueue(given: Mail, options: EnqueueOptions<Stream> = {}): Promise<Enqueued> {
    return this.outside(() => super.enqueue(given, options))
  }

  override async enqueueIn(
    tx: object,
    given: Mail | Prepared,
    options: EnqueueOptions<Stream> = {},
  ): Promise<Enqueued> {
    return Prepared.is(given) ? this.enqueueSync(tx, given) : this.enqueue(given, options)
  }

  override enqueueMany(
    items: Iterable<ManyItem<Stream>> | AsyncIterable<ManyItem<Stream>>,
    options: ManyOptions = {},
  ): Promise<ManyResult> {
    return this.outside(() => super.enqueueMany(items, options))
  }

  override enqueueManyIn(
    _tx: object,
    items: Iterable<ManyItem<Stream>> | AsyncIterable<ManyItem<Stream>>,
    options: ManyOptions = {},
  ): Promise<ManyResult> {
    return this.enqueueMany(items, options)
  }

  override enqueueSync(_tx: object, prepared: Prepared): Enqueued {
    this.#database.exec('begin')
    try {
      const enqueued = super.enqueueSync(this.#database, prepared)
      this.#database.exec('commit')
      return enqueued
    } finally {
      if (this.#database.isTransaction) this.#database.exec('rollback')
    }
  }

  override readIn(_tx: object): MailReader {
    return this
  }

  override async within<T>(_tx: object, work: () => T | Promise<T>): Promise<T> {
    return readWork<typeof work>(work)()
  }

  override async close(): Promise<void> {
    await super.close()
    if (this.#database.isOpen) this.#database.close()
  }
}
