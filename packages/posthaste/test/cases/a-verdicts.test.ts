import { describe, expect, test } from 'vitest'
import { classify } from '../../src/transports/outcome/classify.ts'
import { enhancedCodes } from '../../src/transports/outcome/verdicts/enhanced-codes.ts'

/** An error as Nodemailer makes it of a reply. */
function replied(response: string, command = 'RCPT TO'): Error {
  const responseCode = Number.parseInt(response, 10)
  return Object.assign(new Error(`It failed: ${response}`), {
    response,
    responseCode,
    command,
    code: 'EENVELOPE',
  })
}

function said(error: unknown): string {
  const { verdict, scope, proven, fault } = classify(error)
  return [verdict, scope, proven && 'proven', fault && `fault:${fault.kind}`].filter(Boolean).join(' ')
}

describe('A9: what servers say in SMTP', () => {
  test.each([
    [
      '550 5.7.0 Requested action not taken: too many emails per second',
      'deferred transport fault:throttled',
    ],
    ['550 rate limited', 'deferred transport fault:throttled'],
    ['554 Daily message quota exceeded.', 'deferred transport fault:throttled'],
    ['454 Throttling failure: Maximum sending rate exceeded.', 'deferred transport fault:throttled'],
    ['550 5.4.5 Daily user sending limit exceeded', 'deferred transport fault:throttled'],
    [
      '550 Domain a.test has exceeded the max emails per hour (151/150 (100%)) allowed.',
      'deferred transport fault:throttled',
    ],
    ['550 5.7.705 Access denied, tenant has exceeded threshold', 'deferred transport fault:account'],
    ['554 Message rejected: Email address is not verified.', 'deferred sender'],
    ['550 5.1.1 <a@b.test>: rate limited mailbox does not exist', 'rejected recipient proven'],
    ['550 5.1.0 Address rejected', 'rejected unknown'],
    ['550 5.1.8 Sender domain not found', 'rejected sender'],
    ['552 5.2.2 Mailbox full', 'rejected recipient proven'],
    ['552 5.3.4 Message too big', 'rejected mail proven'],
    ['552 message size exceeds fixed maximum message size', 'rejected mail proven'],
    ['554 5.6.1 Media not supported', 'rejected mail proven'],
    ['554 5.7.9 Message not accepted for policy reasons', 'rejected unknown'],
    ['554 5.7.1 Relay access denied', 'rejected unknown'],
    ['552 too many recipients', 'deferred recipient'],
    ['550 No such user here', 'rejected recipient proven'],
    ['550 sorry, no mailbox here by that name. (#5.7.17)', 'rejected recipient proven'],
    ['550 5.1.0 <a@b.test>: User unknown', 'rejected recipient proven'],
    ['550 Sender verify failed: no such user', 'rejected sender'],
    ['550 Requested action not taken: mailbox unavailable', 'rejected unknown'],
  ])('%s: %s', (reply, expected) => {
    expect(said(replied(reply))).toBe(expected)
  })

  test.each([
    ['450 4.7.1 Error: too much mail from 192.0.2.1', 'deferred transport fault:throttled'],
    ['450 4.7.1 Error: too many recipients from 192.0.2.1', 'deferred transport fault:throttled'],
    ['452 4.3.1 Insufficient system storage', 'deferred transport fault:throttled'],
    ['421 4.7.0 Try again later', 'deferred unknown fault:throttled'],
    ['454 4.7.1 <a@b.test>: Relay access denied', 'deferred unknown fault:throttled'],
    ['432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded', 'deferred recipient'],
    ['432 4.3.2 STOREDRV.Deliver; mailbox database thread limit exceeded', 'deferred recipient'],
    ['432 4.3.2 Concurrent connections limit exceeded', 'deferred transport fault:throttled'],
  ])('A15: %s: %s', (reply, expected) => {
    expect(said(replied(reply))).toBe(expected)
  })

  test('a 5.1.1 at MAIL FROM speaks of the sender, and proves nothing of the recipient', () => {
    expect(said(replied('550 5.1.1 Unknown sender', 'MAIL FROM'))).toBe('rejected sender')
  })

  test('A17: a wait that the text names is kept', () => {
    expect(classify(replied('451 4.7.1 Greylisted, try again in 5 minutes')).retryAfter).toBe(300_000)
    expect(classify(replied('421 4.7.0 Temporarily banned for 2 hours')).retryAfter).toBe(7_200_000)
    expect(classify(replied('450 4.7.1 500 mails in 24 hours exceeded')).retryAfter).toBeUndefined()
  })
})

describe('A8: what providers answer', () => {
  const aws = (name: string, httpStatusCode: number, message = '') =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode } })
  test.each([
    ['SES, sending paused', aws('SendingPausedException', 400), 'deferred transport fault:account'],
    ['SES, throttled', aws('ThrottlingException', 400), 'deferred transport fault:throttled'],
    ['SES, content', aws('MessageRejected', 400, 'Invalid content'), 'rejected mail proven'],
    [
      'SES, sandbox',
      aws('MessageRejected', 400, 'Email address is not verified. The following identities failed the check'),
      'deferred sender',
    ],
    ['SES, credentials', aws('UnrecognizedClientException', 403), 'deferred transport fault:authentication'],
    [
      'Brevo 402',
      { response: { status: 402, data: { code: 'not_enough_credits', message: 'x' } } },
      'deferred transport fault:account',
    ],
    [
      'A7: Resend 403',
      { statusCode: 403, name: 'validation_error', message: 'The a.test domain is not verified' },
      'deferred sender',
    ],
    [
      'A7: Mailgun 403',
      { status: 403, details: 'Domain a.test is not allowed to send: The domain is unverified' },
      'deferred sender',
    ],
    [
      'Mailgun 400',
      { status: 400, message: 'Bad Request', details: 'to parameter is not a valid address' },
      'rejected recipient proven',
    ],
    [
      'SendGrid 400',
      {
        code: 400,
        message: 'Bad Request',
        response: {
          body: {
            errors: [
              { message: 'Does not contain a valid address.', field: 'personalizations.0.to.0.email' },
            ],
          },
        },
      },
      'rejected recipient proven',
    ],
    [
      'SendGrid 401',
      { code: 401, response: { body: { errors: [{ message: 'Maximum credits exceeded' }] } } },
      'deferred transport fault:account',
    ],
    [
      'Postmark 406',
      { statusCode: 422, code: 406, message: 'Found inactive addresses' },
      'rejected recipient proven',
    ],
    [
      'Postmark 400',
      { statusCode: 422, code: 400, message: 'Sender signature not defined' },
      'deferred sender',
    ],
    [
      'Resend 403, in its own spelling',
      { statusCode: 403, name: 'invalid_api_Key', message: 'x' },
      'deferred transport fault:authentication',
    ],
    [
      'Resend 403, suspended',
      { statusCode: 403, name: 'suspended_api_key', message: 'x' },
      'deferred transport fault:account',
    ],
    [
      'Resend 401',
      { statusCode: 401, name: 'validation_error', message: 'API key is invalid' },
      'deferred transport fault:authentication',
    ],
    [
      'Resend 400',
      { statusCode: 400, name: 'validation_error', message: 'API key is invalid' },
      'deferred transport fault:authentication',
    ],
    ['Resend 400, a field', { statusCode: 400, name: 'validation_error', message: 'x' }, 'deferred unknown'],
    [
      'Resend 409, another content',
      { statusCode: 409, name: 'invalid_idempotent_request', message: 'x' },
      'unknown unknown',
    ],
    [
      'Resend 409, still under way',
      { statusCode: 409, name: 'concurrent_idempotent_requests', message: 'x' },
      'deferred unknown',
    ],
    ['Azure 403', { statusCode: 403, code: 'Forbidden' }, 'deferred transport fault:authentication'],
    [
      'Azure 403, blocked',
      { statusCode: 403, code: 'SubscriptionBlocked' },
      'deferred transport fault:account',
    ],
    [
      'Azure, suppressed, in words',
      { message: 'Message dropped because all recipients were suppressed' },
      'rejected recipient proven',
    ],
    [
      'Azure, suppressed, its code in the text',
      { message: 'The long-running operation has failed. EmailDroppedAllRecipientsSuppressed. x' },
      'rejected recipient proven',
    ],
    [
      'Azure, asked how the mail fares',
      {
        statusCode: 401,
        code: 'Denied',
        request: { method: 'GET', url: 'https://a.test/emails/operations/1' },
      },
      'deferred unknown',
    ],
    ['Azure', { statusCode: 429, code: 'TooManyRequests' }, 'deferred transport fault:throttled'],
    ['an unknown 422', { statusCode: 422 }, 'deferred unknown'],
    ['a gateway without an answer', { status: 504 }, 'unknown unknown'],
  ])('%s: %#', (_, error, expected) => {
    expect(said(error)).toBe(expected)
  })

  test('every enhanced code names where it can be checked', () => {
    for (const [code, , , source] of enhancedCodes) expect(`${code} ${source}`).toMatch(/RFC|https:/)
  })
})

test('A11: Retry-After of a response is read, in seconds, in milliseconds and as a date, and bounded', () => {
  const waits = [
    { status: 429, response: { headers: { 'retry-after': '3600' } } },
    { status: 429, response: { headers: new Headers({ 'Retry-After': '3600' }) } },
    { status: 429, headers: { 'retry-after-ms': 3_600_000 } },
    {
      status: 429,
      headers: { 'retry-after': 'Mon, 30 Nov 2026 11:00:00 GMT', date: 'Mon, 30 Nov 2026 10:00:00 GMT' },
    },
  ].map((error) => classify(error).fault?.retryAfter)
  expect(waits).toEqual([3_600_000, 3_600_000, 3_600_000, 3_600_000])
  expect(classify({ status: 429, headers: { 'retry-after': '999999999' } }).retryAfter).toBe(86_400_000)
})

test('A13: the reason stands in the answer, in words', () => {
  const mailgun = { message: 'Bad Request', status: 400, details: 'Domain not found: a.test' }
  const sendgrid = {
    message: 'Bad Request',
    code: 400,
    response: { body: { errors: [{ message: 'The subject is required.', field: 'subject' }] } },
  }
  expect(classify(mailgun).reply.text).toBe('Domain not found: a.test')
  expect(classify(sendgrid).reply.text).toBe('The subject is required. (subject)')
})
