/** What a mail server (or an API) answered. */
export interface Reply {
  /** Three digits of SMTP, or the HTTP status of an API. */
  readonly code?: number
  /** RFC 3463, such as `5.1.1`. */
  readonly enhanced?: string
  readonly text: string
}

/** What the transport said of one recipient. `unknown`: the body was handed over and no answer came. */
export type Verdict = 'accepted' | 'deferred' | 'rejected' | 'unknown'

export interface RecipientOutcome {
  readonly address: string
  readonly verdict: Verdict
  readonly reply?: Reply
}

/** Trouble of the transport itself: it rests, and no mail's attempts are burnt. */
export interface TransportFault {
  readonly kind: 'connection' | 'authentication' | 'tls' | 'throttled' | 'configuration'
  /** Milliseconds for which whoever chose this transport lets it rest himself: the slots go on with other mail. */
  readonly restFor?: number
  readonly reply?: Reply
  readonly message: string
}

/** What a transport returns for one mail; it never throws. */
export interface Outcome {
  /** One for each recipient that was asked for; empty when only `fault` is known and the mail surely did not leave. */
  readonly recipients: readonly RecipientOutcome[]
  readonly fault?: TransportFault
  /** The reply that decided, or the error where there was none. */
  readonly reply?: Reply
  /** Nodemailer's or the system's error code, such as `ECONNECTION`. */
  readonly errorCode?: string
  /** Host and address that answered. */
  readonly remote?: string
  /** Protocol and cipher, such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; absent when the line was plain. */
  readonly tls?: string
  readonly serverMessageId?: string
  /** No transport was asked: the mail had run out of time, or what is stored of it cannot be used. */
  readonly unsent?: 'expired' | 'unreadable'
  /** {@link Dispatch.mayBegin} said no: nothing left, and somebody else may have the mail. */
  readonly aborted?: true
  /** With `aborted`: not before this many milliseconds is it worth another look. */
  readonly restFor?: number
}

export function everyRecipient(
  addresses: readonly string[],
  verdict: Verdict,
  reply?: Reply,
): RecipientOutcome[] {
  return addresses.map((address) => (reply ? { address, verdict, reply } : { address, verdict }))
}
