/** What a mail server (or an API) answered. */
export interface Reply {
  /** Three digits of SMTP, or the HTTP status of an API. */
  readonly code?: number
  /** RFC 3463, such as `5.1.1`. */
  readonly enhanced?: string
  /** On one line, at most 2,000 characters. */
  readonly text: string
}

/** What the transport said of one recipient. `unknown`: the body was handed over and no answer came. */
export type Verdict = 'accepted' | 'deferred' | 'rejected' | 'unknown'

/** Whose fault it is that a mail was not accepted; `unknown` where the answer does not say. */
export type Scope = 'recipient' | 'mail' | 'sender' | 'transport' | 'unknown'

export interface RecipientOutcome {
  readonly address: string
  readonly verdict: Verdict
  readonly reply?: Reply
  /** Absent where it was accepted. */
  readonly scope?: Scope
  /** Of a refusal: it is surely the recipient's or the content's, so it is final at once. */
  readonly proven?: boolean
  /** Milliseconds for which the server asked to wait. */
  readonly retryAfter?: number
}

export type FaultKind =
  | 'connection'
  | 'authentication'
  | 'tls'
  | 'throttled'
  /** The account is suspended, out of credit or over its quota. */
  | 'account'
  | 'configuration'
  /** This worker's own: its disk is full, a token callback of the app's failed. */
  | 'worker'

/** Trouble that is not the mail's. The transport's: no attempt is counted, and it backs off. */
export interface TransportFault {
  readonly kind: FaultKind
  /** `unknown`: said after MAIL FROM, so it may mean this mail alone; the transport's where different mails meet the same. */
  readonly scope: Scope
  /** Milliseconds for which the server asked to wait. */
  readonly retryAfter?: number
  readonly reply?: Reply
  readonly message: string
}

export interface Circumstances {
  /** The reply that decided, or the error where there was none. */
  readonly reply?: Reply
  /** Nodemailer's, the system's or the provider's error code, such as `ECONNECTION`. */
  readonly errorCode?: string
  /** Host and address that answered. */
  readonly remote?: string
  /** Protocol and cipher, such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; absent when the line was plain. */
  readonly tls?: string
  readonly serverMessageId?: string
}

/** Something was said of the mail, or it may have left. */
export interface Answered extends Circumstances {
  readonly type: 'answered'
  /** One for each recipient that was asked for. */
  readonly recipients: readonly RecipientOutcome[]
  /** The deferred ones wait for this: it arose while this mail was spoken of. */
  readonly fault?: TransportFault
}

/** Nothing was said of the mail, and it surely did not leave. */
export interface Faulted extends Circumstances {
  readonly type: 'fault'
  readonly fault: TransportFault
}

/** No transport was asked: the mail had run out of time, or what is stored of it cannot be used. */
export interface Unsent extends Circumstances {
  readonly type: 'unsent'
  readonly reason: 'expired' | 'unreadable'
}

/** Nothing left, and another worker may have the mail: {@link Dispatch.mayBegin} said no, or the work was called off. */
export interface Aborted extends Circumstances {
  readonly type: 'aborted'
  /** Not before this many milliseconds is it worth another look. */
  readonly retryAfter?: number
}

/** What became of one mail; a transport returns it and never throws. */
export type Outcome = Answered | Faulted | Unsent | Aborted

export function everyRecipient(
  addresses: readonly string[],
  verdict: Verdict,
  reply?: Reply,
): RecipientOutcome[] {
  return addresses.map((address) => (reply ? { address, verdict, reply } : { address, verdict }))
}

/** What was said of each recipient; empty where nothing was. */
export function answersOf(outcome: Outcome): readonly RecipientOutcome[] {
  return outcome.type === 'answered' ? outcome.recipients : []
}

/** The fault that makes the transport back off, if there is one. */
export function faultOf(outcome: Outcome): TransportFault | undefined {
  return outcome.type === 'answered' || outcome.type === 'fault' ? outcome.fault : undefined
}

/** A fault that any mail would meet, and that costs none an attempt. */
export function isTransportWide({ scope }: TransportFault): boolean {
  return scope === 'transport'
}

/** Who is to blame where the answer does not say: before MAIL FROM the transport, after it this mail, unless `confirms` says that others have met the same. */
export function blame(outcome: Outcome, confirms: (fault: TransportFault) => boolean): Outcome {
  if (outcome.type !== 'answered' && outcome.type !== 'fault') return outcome
  const { fault } = outcome
  if (fault?.scope !== 'unknown') return outcome
  const isShared = outcome.type === 'fault' || confirms(fault)
  return { ...outcome, fault: { ...fault, scope: isShared ? 'transport' : 'mail' } }
}
