import { cleanText, errorText, numberIn, peek, textIn } from '../../foreign.ts'
import type { Reply } from '../../outcome.ts'
import { answerBodies, reasonsIn } from './api-body.ts'
import { retryAfterIn } from './retry-after.ts'

/** What can be read off whatever was thrown: by Nodemailer, an HTTP client, a provider's SDK, or an app's `throw 'text'`. */
export interface Facts {
  /** Nodemailer's, the system's or the provider's code, such as `ECONNECTION`. */
  readonly code?: string
  /** That, and every other code there is: what the system said underneath, what the provider calls it. */
  readonly codes: readonly string[]
  /** What Nodemailer had asked of the server: `CONN` and the like while it connects, then `MAIL FROM`, `RCPT TO`, `DATA`. */
  readonly command?: string
  /** Three digits of SMTP. */
  readonly smtp?: number
  /** Status of an HTTP API. */
  readonly http?: number
  /** The server answered, with a code or with garbage. */
  readonly answered: boolean
  /** Azure took the mail, and says afterwards that it failed. */
  readonly operationFailed: boolean
  /** The error says itself that no connection came about. */
  readonly neverStood: boolean
  /** Milliseconds for which the other side asked to wait. */
  readonly retryAfter?: number
  readonly reply: Reply
}

/** Total: whatever the value is, and whatever its getters do. */
export function factsOf(error: unknown): Facts {
  const response = peek(error, 'response')
  const said = typeof response === 'string' ? response : undefined
  const text = errorText(error)
  if (isInquiry(error)) return { codes: [], answered: false, ...nothing, reply: { text } }
  const smtp = statusIn(peek(error, 'responseCode'), 200)
  const http = smtp || systemError.test(text) ? undefined : httpStatus(error)
  const command = textIn(peek(error, 'command'), 60)
  const codes = codesOf(error, text)
  const status = smtp ?? http
  const reply = said ? parseReply(said) : { ...(status && { code: status }), text: reasonsIn(error, text) }
  const retryAfter = retryAfterIn(error, reply.text)
  return {
    ...(codes[0] && { code: codes[0] }),
    codes,
    ...(command && { command }),
    ...(smtp && { smtp }),
    ...(http && { http }),
    answered: said !== undefined || status !== undefined,
    operationFailed: operationFailed.test(text),
    neverStood:
      connectingText.test(text) ||
      connectingCalls.has(peek(error, 'syscall') ?? peek(error, 'cause', 'syscall')),
    ...(retryAfter !== undefined && { retryAfter }),
    reply,
  }
}

/** Azure's SDK asks how a mail fares that was taken: an error of that says nothing of the mail. */
function isInquiry(error: unknown): boolean {
  const url = peek(error, 'request', 'url')
  return peek(error, 'request', 'method') === 'GET' && typeof url === 'string' && url.includes('/operations/')
}

const nothing = { operationFailed: false, neverStood: false }

// @azure/core-lro, which keeps code and message in the text alone.
const operationFailed = /^The long-running operation has failed(?:\. (\w{1,60})\.)?/

// mailgun.js gives a lost connection the status 400: a mail would be rejected for good because the network was down.
const systemError =
  /\b(?:ECONN(?:RESET|REFUSED|ABORTED)|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH)\b|socket hang up/

const connectingText = /^connect E[A-Z]{3,40}\b|before secure TLS connection was established/
const connectingCalls = new Set<unknown>(['connect', 'getaddrinfo', 'queryA', 'queryAaaa'])

/** Codes of the error, of its causes, of the provider's answer, and one that only the text names. */
function codesOf(error: unknown, text: string): string[] {
  const bodies = answerBodies(error)
  const found = [
    peek(error, 'code'),
    peek(error, 'originalCode'),
    peek(error, 'cause', 'code'),
    peek(error, 'cause', 'cause', 'code'),
    peek(error, 'errors', 0, 'code'),
    peek(error, 'Code'),
    ...bodies.flatMap((body) => [
      peek(body, 'code'),
      peek(body, 'name'),
      peek(body, '__type'),
      postmark(body),
    ]),
    peek(error, 'name'),
    postmark(error),
    operationFailed.exec(text)?.[1],
    /\b(?:E[A-Z]{4,40}|EAI_AGAIN)\b/.exec(text)?.[0],
  ]
  const codes = found.flatMap((code) => (typeof code === 'string' && textIn(code, 60)) || [])
  return [...new Set(codes.filter((code) => !generic.has(code)))]
}

const generic = new Set([
  'Error',
  'TypeError',
  'AxiosError',
  'ResponseError',
  'RestError',
  'HTTPError',
  'FetchError',
])

/** Postmark's codes are numbers, which other SDKs use for the HTTP status. */
function postmark(value: unknown): string | undefined {
  const code = numberIn(peek(value, 'ErrorCode')) ?? numberIn(peek(value, 'code'))
  const isPostmark = peek(value, 'ErrorCode') !== undefined || peek(value, 'statusCode') !== undefined
  return isPostmark && code !== undefined && code > 0 ? `ErrorCode ${code}` : undefined
}

// Where the SDKs keep it: Postmark statusCode, Mailgun status, SendGrid code, axios response.status, AWS $metadata.
function httpStatus(error: unknown): number | undefined {
  const places = [
    peek(error, 'statusCode'),
    peek(error, 'status'),
    peek(error, 'response', 'status'),
    peek(error, 'response', 'statusCode'),
    peek(error, '$metadata', 'httpStatusCode'),
    peek(error, '$response', 'statusCode'),
    peek(error, 'error', 'statusCode'),
    peek(error, 'error', 'status'),
    peek(error, 'code'),
  ]
  return places.map((place) => statusIn(place, 300)).find((status) => status !== undefined)
}

function statusIn(value: unknown, least: number): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= least && number < 600
    ? number
    : undefined
}

/** Takes a whole SMTP reply apart: code, enhanced status code (RFC 3463) where there is one, and the text of its lines without them. */
export function parseReply(response: string): Reply {
  const lines = response.slice(0, longestReply).trim().split(/\r?\n/)
  const code = Number(/^(\d{3})(?:[ -]|$)/.exec(lines[0] ?? '')?.[1])
  if (!code) return { text: cleanText(response) }
  const texts = lines.map((line) => line.replace(/^\d{3}(?:[ -]|$)/, ''))
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(texts[0] ?? '')?.[1]
  if (!enhanced) return { code, text: cleanText(texts.join('\n')) }
  const bare = texts.map((text) =>
    text.startsWith(enhanced) ? text.slice(enhanced.length).trimStart() : text,
  )
  return { code, enhanced, text: cleanText(bare.join('\n')) }
}

/** Characters of a reply that are read. */
const longestReply = 16_000
