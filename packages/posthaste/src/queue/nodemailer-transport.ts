import { isError } from '../foreign.ts'
import { type Fields, readFields } from '../input/fields.ts'
import { type Border, optionBorder } from '../input/reader.ts'
import { shortName } from '../input/show.ts'
import type { Mail } from '../mail/mail.ts'
import { isMailField } from '../mail/mail-fields.ts'
import { isRefused } from '../mail/validate-mail.ts'
import type { EnqueueOptions } from '../options.ts'
import { version } from '../version.ts'
import type { Enqueued } from './enqueue.ts'

/** What Nodemailer hands to a transport, as far as it is used. */
interface MailMessage {
  readonly data: object
  readonly message: { getEnvelope(): { from: string | false; to: string[] } }
}

type Done = (error: Error | null, info: QueuedInfo) => void

/** What `sendMail` gives when the mail was queued. */
export interface QueuedInfo extends Enqueued {
  readonly envelope: { readonly from: string | false; readonly to: string[] }
  /** No server has accepted anything yet: the queue has. */
  readonly accepted: string[]
  readonly rejected: string[]
  readonly pending: string[]
  readonly response: string
}

/** A Nodemailer transport that queues instead of sending. */
export interface QueueTransport {
  readonly name: 'Posthaste'
  readonly version: string
  send(mail: MailMessage, done: Done): void
  verify(): Promise<true>
  verify(done: (error: Error | null, ok: true) => void): void
}

export interface Queueing {
  enqueue(mail: Mail, options: EnqueueOptions): Promise<Enqueued>
  check(): Promise<void>
}

export function queueTransport(queue: Queueing, defaults: EnqueueOptions): QueueTransport {
  return {
    name: 'Posthaste',
    version,
    send(mail, done) {
      const answer = done as Answer<QueuedInfo>
      queueMessage(queue, mail, defaults).then(
        (info) => answer(null, info),
        (error: unknown) => answer(isError(error) ? error : new Error(String(error))),
      )
    },
    verify: ((done?: Answer<true>) => {
      const checked = queue.check().then(() => true as const)
      if (!done) return checked
      checked.then(
        () => done(null, true),
        (error: Error) => done(error),
      )
      return undefined
    }) as QueueTransport['verify'],
  }
}

/** A callback of Node's: beside an error there is no result, whatever Nodemailer's types say. */
type Answer<T> = (error: Error | null, result?: T) => void

async function queueMessage(
  queue: Queueing,
  { data, message }: MailMessage,
  defaults: EnqueueOptions,
): Promise<QueuedInfo> {
  const { posthaste = {}, ...rest } = readFields(data, messageBorder)
  const own = readFields(posthaste, { ...optionBorder, at: 'posthaste' })
  const queued = await queue.enqueue(lenient(rest), { ...readFields(defaults, optionBorder), ...own })
  const envelope = message.getEnvelope()
  return {
    ...queued,
    envelope,
    accepted: [],
    rejected: [],
    pending: envelope.to,
    response: `queued as ${queued.id}${queued.status === 'queued' ? '' : ` (${queued.status})`}`,
  }
}

const messageBorder: Border = { unknown: 'PH_MAIL_INVALID', invalid: 'PH_MAIL_INVALID', at: 'mail' }

/** Nodemailer's callers may give what their transport alone reads beside the mail's own fields; it goes on under `provider`. */
function lenient(given: Fields): Mail {
  const entries = Object.entries(given)
  const foreign = entries.filter(([name]) => isForeign(name))
  if (foreign.length === 0) return Object.fromEntries(entries) as Mail
  warnOnce(foreign.map(([name]) => name))
  const own = readFields(given.provider ?? {}, { ...messageBorder, at: 'provider' })
  const provider = { ...Object.fromEntries(foreign), ...own }
  return { ...Object.fromEntries(entries.filter(([name]) => !isForeign(name))), provider } as Mail
}

function isForeign(name: string): boolean {
  return !isMailField(name) && !isRefused(name)
}

let warned = false

function warnOnce(names: string[]): void {
  if (warned) return
  warned = true
  const listed = names.map(shortName).join(', ')
  process.emitWarning(
    `Nodemailer has no field ${listed}; a transport may read it. Is it misspelt?`,
    'PosthasteWarning',
  )
}
