import type { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'
import type { Outcome } from '../outcome.ts'

/** One mail on its way out, for the recipients that are not settled yet. */
export interface Dispatch {
  readonly id: string
  readonly messageId: string
  readonly stream: string
  readonly tenant: string | null
  readonly attempt: number
  readonly envelope: Envelope
  /** The rendered MIME: byte-identical on every attempt. A fresh stream each call where it is large. */
  mime(): Promise<Buffer | Readable>
  /** The structured mail, dates and bytes revived, `to/cc/bcc` holding only recipients not yet settled; fresh streams each call. */
  message(): Promise<SendMailOptions>
  /**
   * Asked right before the body may leave. False: the claim is lost or too old, so nothing may be sent and the outcome is `aborted`.
   * For mail that is held when its outcome is unknown, the mark that makes the doubt exact is durable when this resolves.
   */
  mayBegin(): Promise<boolean>
}

export interface Envelope {
  /** False is the null sender `<>`. */
  readonly from: string | false
  readonly to: readonly string[]
  /** Bytes of the MIME where they are known beforehand; becomes SIZE. */
  readonly size?: number
  readonly use8BitMime?: boolean
  readonly requireTLSExtensionEnabled?: boolean
  readonly dsn?: SendMailOptions['dsn']
  /** What else the mail's own envelope held. */
  readonly custom?: Readonly<Record<string, unknown>>
}

/**
 * Hands mail to the outside. Write your own where neither SMTP nor a Nodemailer transporter will do; what it must keep is the contract that
 * Posthaste's own are tested by:
 *
 * - Trouble is an {@link Outcome}. What it throws, or returns in another shape, is read as well as it can be.
 * - It asks `mayBegin` once, as late as it can, and sends nothing after a no.
 * - It gives each recipient of the envelope a verdict, or a `fault` when nothing was said of the mail.
 * - Without an answer after the whole mail was handed over, the verdict is `unknown`: never `deferred`, which says that nothing left.
 * - What is not surely permanent is `deferred`.
 * - It settles within 12 minutes. Later the mail counts as deferred, or as unknown where `mayBegin` had said yes.
 *
 * @example
 * const pigeon: Transport = {
 *   name: 'pigeon', maxConnections: 1,
 *   async deliver(dispatch) {
 *     if (!(await dispatch.mayBegin())) return { type: 'aborted' }
 *     await loft.release(await dispatch.mime(), dispatch.envelope.to)
 *     return { type: 'answered', recipients: dispatch.envelope.to.map((address) => ({ address, verdict: 'accepted' })) }
 *   },
 *   async verify() {}, async close() {},
 * }
 */
export interface Transport {
  readonly name: string
  /** How many mails may be under way at once. */
  readonly maxConnections: number
  /** Hands over one mail. The signal ends it where it is: `aborted` when nothing left, `unknown` when everything did. */
  deliver(dispatch: Dispatch, signal: AbortSignal): Promise<Outcome>
  /** Connects and logs in, sends nothing; rejects with the server's error. */
  verify(): Promise<void>
  /**
   * Ends idle connections, and busy ones when their mail is done. May be called twice; nothing is delivered afterwards. It is yours to call:
   * Posthaste closes no transport that it did not make.
   */
  close(): Promise<void>
}
