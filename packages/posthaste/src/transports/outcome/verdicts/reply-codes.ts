import {
  accountStopped,
  contentRefused,
  doubtful,
  type Judgement,
  later,
  loginRefused,
  perhapsForbidden,
  perhapsThrottled,
  refused,
  type Source,
  throttled,
} from './verdict.ts'

/** Reply codes of SMTP after MAIL FROM, where neither enhanced code nor text decides. */
export const replyCodes: readonly (readonly [code: number, meaning: Judgement, source: Source])[] = [
  [421, perhapsThrottled, 'RFC 5321 §3.8: the service is closing the channel'],
  [432, throttled, 'Exchange Online: 432 4.3.2 Concurrent connections limit exceeded'],
  [452, later, 'RFC 5321 §4.2.3: insufficient system storage, or too many recipients (§4.5.3.1.10)'],
  [454, perhapsThrottled, 'RFC 3207 §4, RFC 4954 §6; Postfix says it of a relay that is denied for now'],
  [503, later, 'RFC 5321 §4.2.1: bad sequence of commands, which is ours and not the mail’s'],
  [530, loginRefused, 'RFC 4954 §6: authentication required; RFC 3207 §4: STARTTLS required'],
  [534, loginRefused, 'RFC 4954 §6: authentication mechanism is too weak'],
  [535, loginRefused, 'RFC 4954 §6: authentication credentials invalid'],
  [538, loginRefused, 'RFC 4954 §6: encryption required for the mechanism'],
]

/** Statuses of HTTP APIs, where the provider's own code does not decide. What is not here defers. */
export const httpStatuses: readonly (readonly [status: number, meaning: Judgement, source: Source])[] = [
  [401, loginRefused, 'RFC 9110 §15.5.2: unauthorized'],
  [402, accountStopped, 'RFC 9110 §15.5.3: payment required; Brevo: not enough credits'],
  [403, perhapsForbidden, 'RFC 9110 §15.5.4: forbidden, for this key or for this mail alone'],
  [407, loginRefused, 'RFC 9110 §15.5.8: proxy authentication required'],
  [413, contentRefused, 'RFC 9110 §15.5.14: content too large'],
  [429, throttled, 'RFC 6585 §4: too many requests'],
  [499, doubtful, 'nginx: the client closed the request'],
  [502, doubtful, 'RFC 9110 §15.6.3: the gateway handed the request on, and its answer was not understood'],
  [504, doubtful, 'RFC 9110 §15.6.5: the gateway handed the request on and heard no answer'],
  [520, doubtful, 'Cloudflare: the origin gave an empty or invalid answer'],
  [524, doubtful, 'Cloudflare: the origin took the request and did not answer in time'],
  [598, doubtful, 'unofficial: network read timeout behind a proxy'],
  [599, doubtful, 'unofficial: network timeout behind a proxy'],
]

/** Class of an SMTP reply that no row knows (RFC 5321 §4.2.1). */
export const bySmtpClass = { 4: later, 5: refused } as const
