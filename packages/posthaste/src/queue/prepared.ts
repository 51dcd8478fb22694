import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { NewEntry } from '../store/add/new-mail.ts'
import { bodyLater, bodyNow } from './compose.ts'
import { composeInTime, type Enqueueing } from './compose-in-time.ts'

/** A mail that was read and rendered before the transaction: storing it needs no waiting. It may be stored once. */
export class Prepared {
  readonly id: string
  readonly messageId: string
  /** @internal */
  readonly entry: NewEntry
  readonly #isPrepared = true

  /** @internal */
  constructor(entry: NewEntry) {
    this.id = entry.mail.id
    this.messageId = entry.mail.messageId
    this.entry = entry
  }

  /** Asks nothing of the value, which may be a proxy. */
  static is(value: unknown): value is Prepared {
    return typeof value === 'object' && value !== null && #isPrepared in value
  }
}

export async function prepareMail(
  queue: Enqueueing,
  given: Mail,
  options: EnqueueOptions,
): Promise<Prepared> {
  const { composing } = await composeInTime(queue, given, options)
  const body = bodyNow(composing, queue.settings) ?? (await bodyLater(composing, queue.settings))
  return new Prepared({ mail: composing.mail, body })
}
