import type { Outcome, Reply, TransportFault, Verdict } from '../outcome.ts'
import { type ErrorFacts, errorFacts } from './error-facts.ts'

/** What an error means for the mail (`verdict`) and for the transport (`fault`, where it is the transport's). */
export interface Meaning {
  readonly verdict: Exclude<Verdict, 'accepted'>
  readonly fault?: TransportFault
  readonly reply: Reply
  readonly errorCode?: string
}

/**
 * Reads whose fault an error is. The reply code decides first: 5xx but 503 rejects (RFC 5321 §4.2.1), 4xx defers. Authentication, TLS,
 * connection and throttling trouble is the transport's. Whatever is not listed defers, and never rejects.
 */
export function classify(error: unknown): Meaning {
  const facts = errorFacts(error)
  const kind = faultKind(facts)
  return {
    verdict: kind ? 'deferred' : verdictOf(facts),
    reply: facts.reply,
    ...(kind && { fault: { kind, reply: facts.reply, message: facts.reply.text } }),
    ...(facts.code && { errorCode: facts.code }),
  }
}

/** An error before any mail was spoken of, such as a greeting of 554: never the mail's fault, whatever the code. */
export function classifyConnecting(error: unknown): Outcome & { fault: TransportFault } {
  const facts = errorFacts(error)
  const kind = faultKind(facts) ?? 'connection'
  return {
    recipients: [],
    fault: { kind, reply: facts.reply, message: facts.reply.text },
    reply: facts.reply,
    ...(facts.code && { errorCode: facts.code }),
  }
}

/** A network error of somebody's API client: did the request perhaps reach the other side? No, where it never connected. */
export function mayHaveLeft(error: unknown): boolean {
  const { code, originalCode, answered, reply } = errorFacts(error)
  const codes = [code, originalCode].filter((one) => one !== undefined)
  if (answered || codes.some((one) => neverConnected.has(one))) return false
  return codes.some((one) => connectionCodes.has(one)) || networkText.test(reply.text)
}

function faultKind(facts: ErrorFacts): TransportFault['kind'] | undefined {
  if (facts.code === 'ETLS') return 'tls'
  if (isThrottling(facts)) return 'throttled'
  if (isAuthentication(facts)) return 'authentication'
  if (facts.smtp && connecting.test(facts.command ?? '')) return facts.smtp < 500 ? 'throttled' : 'connection'
  if (facts.answered) return undefined
  if (facts.code && configurationCodes.has(facts.code)) return 'configuration'
  if ([facts.code, facts.originalCode].some((code) => code && tlsTrouble.test(code))) return 'tls'
  return [facts.code, facts.originalCode].some((code) => code && connectionCodes.has(code))
    ? 'connection'
    : undefined
}

function isThrottling({ smtp, http, code, reply }: ErrorFacts): boolean {
  if (http) return http === 429
  if (smtp === 421 || smtp === 454) return true
  if (code === 'EAUTH' && smtp !== undefined && smtp < 500) return true
  if (smtp === undefined || smtp < 400 || isRecipients(reply)) return false
  return smtp < 500 ? throttledText.test(reply.text) : dailyLimitText.test(reply.text)
}

function isAuthentication({ smtp, http, code }: ErrorFacts): boolean {
  if (http) return http === 401 || http === 403
  return (
    (smtp !== undefined && authenticationReplies.has(smtp)) ||
    (code !== undefined && authenticationCodes.has(code))
  )
}

function verdictOf({ smtp, http, code, answered }: ErrorFacts): Meaning['verdict'] {
  if (smtp) return smtp >= 500 && smtp !== 503 ? 'rejected' : 'deferred'
  if (http === 504) return 'unknown' // the gateway handed the mail on and heard no answer
  if (http) return http < 500 && !patientStatuses.has(http) ? 'rejected' : 'deferred'
  return code && !answered && rejectedWithoutReply.has(code) ? 'rejected' : 'deferred'
}

const connecting = /^(CONN|EHLO|LHLO|HELO|STARTTLS)$/

// Grey-listing and a full mailbox, or too many recipients in one mail, are no reason to rest the whole transport.
function isRecipients({ enhanced, text }: Reply): boolean {
  return (
    enhanced === '4.5.3' ||
    /^[45]\.[12]\./.test(enhanced ?? '') ||
    /gr[ea]y.?list|too many recipients/i.test(text)
  )
}

const throttledText =
  /throttl|too many|too fast|too frequent|rate.{0,20}(limit|exceed)|(limit|quota).{0,20}(exceed|reach)|exceed.{0,30}(limit|rate|quota)|unusual rate|slow down/i
/** Providers say these with 5xx: Gmail 550 5.4.5, Amazon SES, Zoho. They mean the account, not the mail. */
const dailyLimitText =
  /(daily|hourly|sending|message|send) (user )?(sending )?(quota|rate|limit).{0,30}(exceed|reach)|throttling failure/i
const authenticationReplies = new Set([530, 534, 535, 538])
const authenticationCodes = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2', 'NoAuth'])
const configurationCodes = new Set(['ECONFIG'])
const tlsTrouble =
  /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$)/
const patientStatuses = new Set([408, 409, 425, 429])
const rejectedWithoutReply = new Set([
  'EENVELOPE',
  'EMESSAGE',
  'EFILEACCESS',
  'EURLACCESS',
  'EOTP',
  'EMAXRECIPIENTS',
])
const networkText =
  /socket hang up|network|time[d-]? ?out|fetch failed|premature close|aborted|terminated|connection.*(closed|lost|reset)/i
const neverConnected = new Set(
  'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ENETDOWN EADDRNOTAVAIL UND_ERR_CONNECT_TIMEOUT EDNS EPROXY'.split(
    ' ',
  ),
)
const connectionCodes = new Set(
  (
    'ECONNECTION ETIMEDOUT ESOCKET EDNS EPROXY EPROTOCOL EPIPE ECONNREFUSED ECONNRESET ECONNABORTED EHOSTUNREACH ENETUNREACH ENETDOWN ' +
    'ENOTFOUND EAI_AGAIN EADDRNOTAVAIL UND_ERR_CONNECT_TIMEOUT UND_ERR_SOCKET UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ERR_NETWORK'
  ).split(' '),
)
