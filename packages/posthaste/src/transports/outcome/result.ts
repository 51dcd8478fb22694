import { cleanText, entriesOf, numberIn, peek, textIn } from '../../foreign.ts'
import type { Dispatch } from '../transport.ts'
import { parseReply } from './facts.ts'
import { addressOf } from './reading.ts'

/** What a send resolved with, as Nodemailer's transports give it, a provider's SDK, or an app. */
export type Result = {
  readonly serverMessageId?: string | undefined
  readonly refusals: readonly unknown[]
} & (
  | { readonly response: string /** It names an id, a reply or recipients. */; readonly isEvident: boolean }
  | { readonly failure: unknown }
)

/** Reads it for what it is: a promise that resolves is not yet an acceptance. */
export function readResult(given: unknown, dispatch: Dispatch): Result {
  // SendGrid's resolves with [response, body].
  const result = peek(given, 0) ?? given
  const failure = failureIn(result)
  const refusals = refusalsIn(result, dispatch)
  const serverMessageId = idIn(result, dispatch)
  if (failure !== undefined) return { failure, refusals, serverMessageId }
  const isEvident =
    serverMessageId !== undefined ||
    refusals.length > 0 ||
    ['messageId', 'response', 'accepted'].some((key) => peek(result, key))
  return { response: responseIn(result), isEvident, refusals, serverMessageId }
}

/** The error that a result holds, for whatever it may be thrown as; undefined where it looks like an acceptance. */
function failureIn(result: unknown): unknown {
  if (result === undefined || result === null || result === false || result === '')
    return noAnswer(`The transport resolved with ${result === '' ? 'an empty text' : String(result)}`)
  if (typeof result === 'string' && isPage(result)) return noAnswer('A page came instead of an answer')
  if (typeof result === 'string' || typeof result === 'number') return refusedReply(String(result))
  const places = [result, peek(result, 'data'), peek(result, 'body'), peek(result, 'response')]
  // What names the mail may give its HTML back.
  const mayBePage = ids.every((key) => !peek(result, key))
  if (mayBePage && [...places, peek(result, 'message')].some(isPage))
    return noAnswer('A page came instead of an answer')
  if (isEmpty(result)) return noAnswer('The transport resolved with nothing but {}')
  if (unnamed.test(textIn(peek(result, 'messageId')) ?? ''))
    return noAnswer('The answer does not name the message')
  const failed = places.find(saysFailure)
  if (failed === undefined) return refusedReply(textIn(peek(result, 'response')) ?? '')
  return errorOf(result, failed)
}

function saysFailure(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const error = peek(value, 'error')
  const status = numberIn(peek(value, 'statusCode')) ?? numberIn(peek(value, 'status')) ?? 200
  return (
    (error !== undefined && error !== null && error !== false && error !== '') ||
    entriesOf(peek(value, 'errors'), 1).length > 0 ||
    peek(value, 'ok') === false ||
    peek(value, 'success') === false ||
    (status >= 300 && status < 600) ||
    (numberIn(peek(value, 'ErrorCode')) ?? 0) > 0 ||
    failedStatus.test(textIn(peek(value, 'status'), 40) ?? '') ||
    isCodedError(value)
  )
}

/** Brevo's and AWS's errors: a code in words, a message, and no id of what was taken. */
function isCodedError(value: object): boolean {
  const code = textIn(peek(value, 'code'), 60) ?? 'ok'
  return (
    !success.test(code) && typeof peek(value, 'message') === 'string' && ids.every((key) => !peek(value, key))
  )
}

const ids = ['id', 'messageId', 'MessageId', 'MessageID']
const success = /^(?:ok|success|successful|accepted|queued|sent|done|none|2\d\d|0{1,9})$/i

function isPage(value: unknown): boolean {
  return typeof value === 'string' && page.test(value)
}

// A `Response` and the like keep what they have in getters.
function isEmpty(value: unknown): boolean {
  try {
    const prototype = Object.getPrototypeOf(value)
    return (
      (prototype === Object.prototype || prototype === null) && Reflect.ownKeys(value as object).length === 0
    )
  } catch {
    return false
  }
}

const page = /^\s{0,100}<(?:!doctype|html|head|body|\?xml)\b/i
/** Nodemailer makes a Message-ID of the id that SES gave, which may be none. */
const unnamed = /^<undefined@/

const failedStatus = /^(?:error|failed|failure|rejected|cancell?ed|bounced|invalid)$/i

/** One error with all that the result says: its own fields, and the error that it holds in front of them. */
function errorOf(result: unknown, failed: unknown): unknown {
  const inner = peek(failed, 'error')
  const message =
    textIn(inner) ??
    textIn(peek(inner, 'message')) ??
    textIn(peek(failed, 'message')) ??
    textIn(peek(failed, 'Message'))
  const pick = (key: string) => peek(inner, key) ?? peek(failed, key) ?? peek(result, key)
  const status = ['statusCode', 'status'].map(pick).find((one) => (numberIn(one) ?? 0) >= 300)
  return {
    message: message ?? textIn(peek(failed, 'statusText')) ?? 'The transport resolved with an error',
    name: pick('name'),
    code: pick('code'),
    ErrorCode: pick('ErrorCode'),
    details: pick('details'),
    headers: pick('headers'),
    retryAfter: pick('retryAfter'),
    data: failed,
    status,
  }
}

/** "550 5.1.1 No such user", which a promise was resolved with. */
function refusedReply(response: string): unknown {
  const { code = 0, text } = parseReply(response)
  return code >= 300 && code < 600 ? { message: text, response, responseCode: code } : undefined
}

function noAnswer(message: string): unknown {
  return { message }
}

function responseIn(result: unknown): string {
  const response =
    textIn(peek(result, 'response')) ?? (typeof result === 'string' ? cleanText(result) : undefined)
  return response ?? 'Accepted by the transport'
}

// Listed without a reason: it is not said to be for good, so it is deferred.
function refusalsIn(result: unknown, dispatch: Dispatch): unknown[] {
  const atMost = 2 * dispatch.envelope.to.length + 100
  const find = addressOf(dispatch)
  const errors = entriesOf(peek(result, 'rejectedErrors'), atMost)
  const explained = new Set(errors.map((error) => find(peek(error, 'recipient'))))
  const silent = entriesOf(peek(result, 'rejected'), atMost).filter((one) => !explained.has(find(one)))
  const message = 'The transport rejected this recipient without a reason'
  return [...errors, ...silent.map((recipient) => ({ recipient, message }))]
}

function idIn(result: unknown, { messageId }: Dispatch): string | undefined {
  const places = [
    peek(result, 'serverMessageId'),
    peek(result, 'messageId'),
    peek(result, 'MessageID'),
    peek(result, 'MessageId'),
    peek(result, 'id'),
    peek(result, 'data', 'id'),
    peek(result, 'body', 'messageId'),
    headerId(result),
  ]
  const ids = places.map((place) => textIn(place, 255))
  return ids.find((id) => id !== undefined && id !== messageId)
}

function headerId(result: unknown): unknown {
  return peek(result, 'headers', 'x-message-id')
}
