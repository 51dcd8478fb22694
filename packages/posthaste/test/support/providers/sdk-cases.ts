import type { ApiAnswer } from './api.ts'
import type { SdkName } from './sdks.ts'

/** What the API answers, and what that means. */
export type SdkCase = readonly [answer: ApiAnswer | readonly ApiAnswer[], meaning: string]

const login = 'deferred transport fault:authentication'
const account = 'deferred transport fault:account'
const unreachable = 'deferred transport fault:connection'
const throttled = 'deferred transport fault:throttled'
const patiently = `${throttled} after 3600 s`
const later = 'deferred unknown'
const recipient = 'rejected recipient proven'
const content = 'rejected mail proven'
const sender = 'deferred sender'
const perhaps = 'deferred unknown fault:authentication'
const doubt = 'unknown unknown'

const wait = { 'retry-after': '3600' }

/** What says nothing in the API's own words. */
const shared: Readonly<Record<string, SdkCase>> = {
  'nobody listens': ['nobody', unreachable],
  'a gateway: 500': [{ status: 500, body: '<html>Internal Server Error</html>' }, later],
  'a gateway: 504': [{ status: 504, body: '<html>Gateway Time-out</html>' }, doubt],
  'reset before its body was read': ['reset-unread', doubt],
  'reset after the request was read': ['reset-read', doubt],
  silence: ['silence', doubt],
  '200 that breaks off': ['cut-off', doubt],
  '200 with a page': [{ status: 200, body: '<html>Sign in to the hotel</html>' }, doubt],
}

const mailgun = (status: number, message: string, headers = {}): ApiAnswer => ({
  status,
  body: { message },
  headers,
})
const postmark = (status: number, ErrorCode: number, Message: string, headers = {}): ApiAnswer => ({
  status,
  body: { ErrorCode, Message },
  headers,
})
const sendgrid = (status: number, message: string, field: string | null = null, headers = {}): ApiAnswer => ({
  status,
  body: { errors: [{ message, field, help: null }] },
  headers,
})
const resend = (statusCode: number, name: string, message: string, headers = {}): ApiAnswer => ({
  status: statusCode,
  body: { statusCode, name, message },
  headers,
})
const brevo = (status: number, code: string, message: string, headers = {}): ApiAnswer => ({
  status,
  body: { code, message },
  headers,
})
const azure = (status: number, code: string, message: string, headers = {}): ApiAnswer => ({
  status,
  body: { error: { code, message } },
  headers,
})
const ses = (status: number, name: string, message: string, headers = {}): ApiAnswer => ({
  status,
  body: { message },
  headers: { 'x-amzn-errortype': name, ...headers },
})
const azureTaken: ApiAnswer = {
  status: 202,
  body: { id: 'op-1', status: 'Running' },
  headers: { 'operation-location': '{url}/emails/operations/op-1?api-version=2023-03-31' },
}
const azureFailed = (code: string, message: string): ApiAnswer => ({
  status: 200,
  body: { id: 'op-1', status: 'Failed', error: { code, message } },
})

/** After `mayBegin` an error of a transport of the app's may come from whatever it does besides, so it is no proof that nothing left. */
export const asTransport: Readonly<Record<string, string>> = { 'nobody listens': doubt }

/** The bodies are those of the providers' pages, which the tables of `verdicts/` name. */
export const sdkCases: Readonly<Record<SdkName, Readonly<Record<string, SdkCase>>>> = {
  SES: {
    ...shared,
    success: [{ status: 200, body: { MessageId: '0102-1' } }, 'accepted'],
    400: [ses(400, 'BadRequestException', 'The input does not satisfy the constraints'), later],
    '400 content': [ses(400, 'MessageRejected', 'Message contains a virus'), content],
    '400 sandbox': [ses(400, 'MessageRejected', 'Email address is not verified.'), sender],
    '400 paused': [ses(400, 'SendingPausedException', 'Sending paused for this account'), account],
    '400 throttled': [ses(400, 'ThrottlingException', 'Maximum sending rate exceeded.'), throttled],
    401: [ses(401, 'UnrecognizedClientException', 'The security token is invalid'), login],
    403: [ses(403, 'SignatureDoesNotMatch', 'The request signature does not match'), login],
    422: [ses(422, 'UnknownException', 'Unprocessable'), later],
    429: [ses(429, 'TooManyRequestsException', 'Too many requests', wait), patiently],
    500: [ses(500, 'InternalServiceErrorException', 'Internal'), later],
    504: [ses(504, 'GatewayTimeout', 'Timeout'), doubt],
    // AWS has no errors of status 200; what has no id says that nothing was taken, or that it is not SES.
    '200 with an error inside': [{ status: 200, body: { Error: 'Message contains a virus' } }, doubt],
  },
  Mailgun: {
    ...shared,
    success: [{ status: 200, body: { id: '<1@shop.example>', message: 'Queued. Thank you.' } }, 'accepted'],
    400: [mailgun(400, 'Something is wrong'), later],
    '400 recipient': [mailgun(400, "'to' parameter is not a valid address."), recipient],
    401: [mailgun(401, 'Invalid private key'), login],
    403: [mailgun(403, 'Domain shop.example is not allowed to send: The domain is unverified'), sender],
    '403 of all': [mailgun(403, 'Forbidden'), perhaps],
    422: [mailgun(422, 'Unprocessable'), later],
    // Its SDK drops the headers, and with them the wait; Postmark's too.
    429: [mailgun(429, 'Too many requests', wait), throttled],
    500: [mailgun(500, 'Internal Server Error'), later],
    504: [mailgun(504, 'Gateway Timeout'), doubt],
    '200 with an error inside': [
      { status: 200, body: { error: 'to parameter is not a valid address' } },
      recipient,
    ],
  },
  Postmark: {
    ...shared,
    // Its SDK keeps no more than "fetch failed" of an error, so a connection that never stood cannot be told.
    'nobody listens': ['nobody', doubt],
    success: [{ status: 200, body: { ErrorCode: 0, Message: 'OK', MessageID: 'pm-1' } }, 'accepted'],
    400: [postmark(400, 402, 'Invalid JSON'), later],
    401: [postmark(401, 10, 'The Server Token you provided is invalid'), login],
    403: [postmark(403, 0, 'Forbidden'), perhaps],
    422: [postmark(422, 406, 'You tried to send to recipients that are inactive'), recipient],
    '422 recipient': [postmark(422, 300, "Error parsing 'To': Illegal email address"), recipient],
    '422 sender': [postmark(422, 400, 'The From address is not a Sender Signature'), sender],
    '422 account': [postmark(422, 412, 'Your account is pending approval'), account],
    429: [postmark(429, 429, 'Rate limit exceeded', wait), throttled],
    500: [postmark(500, 0, 'Internal Server Error'), later],
    504: [postmark(504, 0, 'Gateway Timeout'), doubt],
    '200 with an error inside': [postmark(200, 406, 'Inactive recipient'), recipient],
  },
  SendGrid: {
    ...shared,
    success: [{ status: 202, headers: { 'x-message-id': 'sg-1' } }, 'accepted'],
    400: [sendgrid(400, 'Does not contain a valid address.', 'personalizations.0.to.0.email'), recipient],
    '400 of us': [sendgrid(400, 'Bad Request'), later],
    401: [sendgrid(401, 'The provided authorization grant is invalid, expired, or revoked'), login],
    '401 credits': [sendgrid(401, 'Maximum credits exceeded'), account],
    403: [sendgrid(403, 'The from address does not match a verified Sender Identity.', 'from'), sender],
    '403 of all': [sendgrid(403, 'access forbidden'), perhaps],
    422: [sendgrid(422, 'Unprocessable'), later],
    429: [sendgrid(429, 'too many requests', null, wait), patiently],
    500: [sendgrid(500, 'Internal Server Error'), later],
    504: [sendgrid(504, 'Gateway Timeout'), doubt],
    '200 with an error inside': [
      sendgrid(200, 'Does not contain a valid address.', 'personalizations.0.to.0.email'),
      recipient,
    ],
  },
  Resend: {
    ...shared,
    // "Unable to fetch data" is all that its SDK says.
    'nobody listens': ['nobody', doubt],
    success: [{ status: 200, body: { id: 're-1' } }, 'accepted'],
    400: [resend(400, 'validation_error', 'We found an error with one or more fields'), later],
    '400 key': [resend(400, 'validation_error', 'API key is invalid'), login],
    401: [resend(401, 'validation_error', 'API key is invalid'), login],
    403: [resend(403, 'validation_error', 'The shop.example domain is not verified.'), sender],
    '403 key': [resend(403, 'invalid_api_Key', 'API key is invalid'), login],
    '403 suspended': [resend(403, 'suspended_api_key', 'This API key is suspended'), account],
    '409 changed': [resend(409, 'invalid_idempotent_request', 'Same idempotency key, other payload'), doubt],
    '409 at once': [resend(409, 'concurrent_idempotent_requests', 'Still in progress'), later],
    422: [resend(422, 'validation_error', 'Invalid `to` field.'), recipient],
    '422 of us': [resend(422, 'missing_required_field', 'Missing `subject` field.'), later],
    429: [resend(429, 'rate_limit_exceeded', 'Too many requests', wait), patiently],
    500: [resend(500, 'internal_server_error', 'An unexpected error occurred'), later],
    504: [resend(504, 'application_error', 'Gateway Timeout'), doubt],
    '200 with an error inside': [
      { status: 200, body: { error: { name: 'validation_error', message: 'Invalid `to` field.' } } },
      recipient,
    ],
  },
  Brevo: {
    ...shared,
    success: [{ status: 201, body: { messageId: '<1@smtp-relay.example>' } }, 'accepted'],
    400: [brevo(400, 'invalid_parameter', 'email is not valid in to'), recipient],
    '400 of us': [brevo(400, 'missing_parameter', 'subject is missing'), later],
    401: [brevo(401, 'unauthorized', 'Key not found'), login],
    402: [brevo(402, 'not_enough_credits', 'You do not have enough credits'), account],
    403: [brevo(403, 'permission_denied', 'Your SMTP account is not yet activated'), account],
    422: [brevo(422, 'unprocessable_entity', 'Unprocessable'), later],
    429: [brevo(429, 'too_many_requests', 'Rate limit', wait), patiently],
    500: [brevo(500, 'internal_error', 'Internal'), later],
    504: [brevo(504, 'timeout', 'Gateway Timeout'), doubt],
    '200 with an error inside': [brevo(200, 'invalid_parameter', 'email is not valid in to'), recipient],
  },
  Azure: {
    ...shared,
    success: [[azureTaken, { status: 200, body: { id: 'op-1', status: 'Succeeded' } }], 'accepted'],
    400: [azure(400, 'BadRequest', 'Request body validation error'), later],
    401: [azure(401, 'Denied', 'Denied by the resource provider'), login],
    403: [azure(403, 'Forbidden', 'The request was authorized but lacks permissions'), login],
    '403 blocked': [azure(403, 'SubscriptionBlocked', 'All requests are blocked'), account],
    404: [azure(404, 'DomainNotLinked', 'The specified sender domain has not been linked.'), sender],
    422: [azure(422, 'UnprocessableEntity', 'Unprocessable'), later],
    429: [azure(429, 'TooManyRequests', 'Too many requests', wait), patiently],
    500: [azure(500, 'InternalServerError', 'Internal'), later],
    504: [azure(504, 'GatewayTimeout', 'Timeout'), doubt],
    '200 with an error inside': [
      [azureTaken, azureFailed('EmailDroppedAllRecipientsSuppressed', 'all recipients were suppressed')],
      recipient,
    ],
    '200 with an error in words': [
      [azureTaken, azureFailed('OperationFailed', 'Message dropped because all recipients were suppressed')],
      recipient,
    ],
    'taken, then 429': [[azureTaken, azure(429, 'TooManyRequests', 'Too many requests', wait)], doubt],
    'taken, then 401': [[azureTaken, azure(401, 'Denied', 'Denied')], doubt],
    'taken, then a reset': [[azureTaken, 'reset-read'], doubt],
  },
}
