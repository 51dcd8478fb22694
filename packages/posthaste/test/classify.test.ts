import { describe, expect, test, vi } from 'vitest'
import { classify, classifyConnecting } from '../src/transports/outcome/classify.ts'
import { meaningWithHook } from '../src/transports/outcome/classify-hook.ts'
import { parseReply } from '../src/transports/outcome/facts.ts'
import { failedOutcome } from '../src/transports/outcome/outcome-of.ts'
import { dispatchOf } from './support/dispatch.ts'

function failure(fields: Record<string, unknown>): Error {
  const { message = 'It failed', ...rest } = fields
  return Object.assign(new Error(String(message)), rest)
}

/** An error as Nodemailer makes it of a reply. */
function replied(response: string, code = 'EENVELOPE', command = 'RCPT TO'): Error {
  const responseCode = Number.parseInt(response, 10)
  return failure({
    message: `It failed: ${response}`,
    response,
    code,
    command,
    ...(responseCode && { responseCode }),
  })
}

function said(error: unknown): string {
  const { verdict, fault } = classify(error)
  return fault ? `${verdict} fault:${fault.kind}` : verdict
}

describe('the reply code decides first', () => {
  test.each([
    ['550 5.1.1 No such user', 'rejected'],
    ['500 Syntax error', 'rejected'],
    ['552 5.2.2 Mailbox full', 'rejected'],
    ['554 5.7.1 Relay access denied', 'rejected'],
    ['503 5.5.1 Bad sequence of commands', 'deferred'],
    ['450 4.2.0 Greylisted, see you in 5 minutes', 'deferred'],
    ['450 4.7.1 Grey listing: rate limit of unknown senders exceeded', 'deferred'],
    ['451 4.3.0 Local error', 'deferred'],
    ['452 4.2.2 Over quota limit exceeded', 'deferred'],
    ['452 4.5.3 Too many recipients', 'deferred'],
    ['421 4.7.0 Try again later', 'deferred fault:throttled'],
    ['450 4.7.1 Too many messages from you', 'deferred fault:throttled'],
    ['451 4.7.1 Rate limit exceeded', 'deferred fault:throttled'],
    ['454 Throttling failure: Maximum sending rate exceeded.', 'deferred fault:throttled'],
    ['550 5.4.5 Daily user sending limit exceeded', 'deferred fault:throttled'],
    ['554 5.7.1 Message rejected: message limit of content policy', 'rejected'],
    ['530 5.7.0 Must issue a STARTTLS command first', 'deferred fault:authentication'],
    ['534 5.7.9 Application-specific password required', 'deferred fault:authentication'],
    ['535 5.7.8 Bad credentials', 'deferred fault:authentication'],
    ['538 5.7.11 Encryption required', 'deferred fault:authentication'],
    ['What?', 'deferred'],
  ])('%s: %s', (reply, expected) => {
    expect(said(replied(reply))).toBe(expected)
  })

  test('a temporary failure of the login service is throttling, a refused password is not', () => {
    expect(said(replied('454 4.7.0 Temporary authentication failure', 'EAUTH', 'AUTH PLAIN'))).toBe(
      'deferred fault:throttled',
    )
    expect(said(replied('451 4.3.0 Try later', 'EAUTH', 'AUTH PLAIN'))).toBe('deferred fault:throttled')
    expect(said(replied('550 5.7.0 Account disabled', 'EAUTH', 'AUTH PLAIN'))).toBe(
      'deferred fault:authentication',
    )
  })

  test('while it connects, no reply is the fault of a mail', () => {
    expect(said(replied('554 5.7.1 Blocked', 'EPROTOCOL', 'CONN'))).toBe('deferred fault:connection')
    expect(said(replied('450 Busy', 'EPROTOCOL', 'EHLO'))).toBe('deferred fault:throttled')
    expect(said(replied('454 4.7.0 No TLS', 'ETLS', 'STARTTLS'))).toBe('deferred fault:tls')
    expect(classifyConnecting(replied('550 Go away', 'EPROTOCOL', 'CONN'))).toMatchObject({
      type: 'fault',
      fault: { kind: 'connection' },
    })
    expect(classifyConnecting('a string').fault.kind).toBe('connection')
  })
})

describe('without a reply the code tells', () => {
  test.each([
    ['ECONNECTION', 'deferred fault:connection'],
    ['ETIMEDOUT', 'deferred fault:connection'],
    ['ESOCKET', 'deferred fault:connection'],
    ['EDNS', 'deferred fault:connection'],
    ['EPROXY', 'deferred fault:connection'],
    ['EPIPE', 'deferred fault:connection'],
    ['ECONNREFUSED', 'deferred fault:connection'],
    ['ETLS', 'deferred fault:tls'],
    ['EAUTH', 'deferred fault:authentication'],
    ['ENOAUTH', 'deferred fault:authentication'],
    ['EOAUTH2', 'deferred fault:authentication'],
    ['ECONFIG', 'deferred fault:configuration'],
    ['EENVELOPE', 'rejected'],
    ['EMESSAGE', 'rejected'],
    ['EMAXRECIPIENTS', 'rejected'],
    ['EREQUIRETLS', 'deferred'],
    ['ESTREAM', 'deferred'],
    ['ESOMETHINGNEW', 'deferred'],
  ])('%s: %s', (code, expected) => {
    expect(said(failure({ code }))).toBe(expected)
  })

  test('a certificate that is not trusted is TLS trouble, though Nodemailer calls it a socket error', () => {
    expect(said(failure({ code: 'ESOCKET', originalCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' }))).toBe(
      'deferred fault:tls',
    )
  })
})

describe('what HTTP APIs throw', () => {
  test.each([
    ['Postmark, of an inactive recipient', { statusCode: 422, code: 406 }, 'rejected'],
    [
      'Mailgun, of a recipient',
      { status: 400, message: 'Bad Request', details: "'to' parameter is not a valid address" },
      'rejected',
    ],
    ['Mailgun, of nobody knows what', { status: 400 }, 'deferred'],
    ['SendGrid', { code: 413, response: { body: {} } }, 'rejected'],
    ['axios', { code: 'ERR_BAD_REQUEST', response: { status: 404 } }, 'deferred'],
    [
      'AWS',
      { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } },
      'deferred fault:throttled',
    ],
    ['anybody, rate limited', { status: 429 }, 'deferred fault:throttled'],
    ['anybody, with a wrong key', { status: 401 }, 'deferred fault:authentication'],
    ['anybody, forbidden', { statusCode: '403' }, 'deferred fault:authentication'],
    [
      'Mailgun, which calls a lost connection a bad request',
      { message: 'ECONNRESET', status: 400 },
      'deferred fault:connection',
    ],
    ['anybody, broken', { status: 500 }, 'deferred'],
    ['anybody, in maintenance', { status: 503 }, 'deferred'],
    ['anybody, in conflict', { status: 409 }, 'deferred'],
    ['a gateway that heard no answer', { status: 504 }, 'unknown'],
  ])('%s: %o', (_, fields, expected) => {
    expect(said(failure(fields))).toBe(expected)
  })

  test.each([
    ['socket hang up', { message: 'socket hang up' }, true],
    ['a reset', { code: 'ECONNRESET' }, true],
    ['undici, reset', { message: 'fetch failed', cause: { code: 'UND_ERR_SOCKET' } }, true],
    ['undici, refused', { message: 'fetch failed', cause: { code: 'ECONNREFUSED' } }, false],
    ['Postmark, refused', { message: 'connect ECONNREFUSED 127.0.0.1:443', code: 0, statusCode: 0 }, false],
    ['no such host', { code: 'ENOTFOUND' }, false],
    ['an answer', { status: 500, message: 'network down' }, false],
    [
      'what may be a bug before the request, or one in reading the answer',
      { message: 'x is undefined' },
      true,
    ],
    ['no answer while it connects', { code: 'ETIMEDOUT', command: 'CONN' }, false],
    [
      'a TLS handshake that broke',
      {
        code: 'ECONNRESET',
        message: 'Client network socket disconnected before secure TLS connection was established',
      },
      false,
    ],
  ])('may have left after %s: %o', (_, fields, expected) => {
    expect(classify(failure(fields)).mayHaveLeft).toBe(expected)
  })
})

test.each([
  ['a string', 'a string'],
  [undefined, 'It failed with undefined'],
  [null, 'It failed with null'],
  [{ reason: 'no', apiKey: 'secret' }, "It failed with { reason: 'no' }"],
  [{ message: 'an object' }, 'an object'],
  [new Error(''), 'It failed without a message'],
  [Symbol('s'), 'It failed with Symbol(s)'],
  [10n, '10'],
])('whatever is thrown (%s) defers with its text', (thrown, text) => {
  expect(classify(thrown)).toMatchObject({ verdict: 'deferred', scope: 'unknown', reply: { text } })
  expect(classify(thrown).fault).toBeUndefined()
})

test.each([
  ['250 2.0.0 Ok: queued', { code: 250, enhanced: '2.0.0', text: 'Ok: queued' }],
  ['250 Ok', { code: 250, text: 'Ok' }],
  ['550-5.1.1 First\r\n550 5.1.1 second', { code: 550, enhanced: '5.1.1', text: 'First second' }],
  ['550-5.1.1 First\n550 second', { code: 550, enhanced: '5.1.1', text: 'First second' }],
  ['421', { code: 421, text: '' }],
  ['hello', { text: 'hello' }],
  ['', { text: '' }],
])('reads the reply %j', (response, reply) => {
  expect(parseReply(response)).toEqual(reply)
})

describe("the user's classify hook", () => {
  const mail = dispatchOf()

  test.each([
    ['deferred', '550 5.1.1 No', { verdict: 'deferred' }],
    ['rejected', '450 4.2.0 No', { verdict: 'rejected' }],
    ['transport', '550 5.7.1 Blocked', { verdict: 'deferred', fault: { kind: 'connection' } }],
    [undefined, '550 5.1.1 No', { verdict: 'rejected' }],
  ] as const)('%s overrules %s', (word, reply, expected) => {
    expect(meaningWithHook(replied(reply), mail, () => word)).toMatchObject(expected)
  })

  test('that acquits the transport takes its fault away', () => {
    expect(meaningWithHook(replied('421 4.7.0 Slow down'), mail, () => 'deferred').fault).toBeUndefined()
  })

  test('that throws is ignored', () => {
    const hook = () => {
      throw new Error('a bug in the hook')
    }
    expect(meaningWithHook(replied('550 5.1.1 No'), mail, hook).verdict).toBe('rejected')
  })

  test('is asked once for an error', () => {
    const hook = vi.fn(() => undefined)
    const progress = { handedOver: true, begun: true, refusals: [] }
    failedOutcome(replied('garbage'), { dispatch: mail, progress, hook })
    expect(hook).toHaveBeenCalledTimes(1)
  })

  test('may say that a mail without an answer surely did not leave', () => {
    const outcome = failedOutcome(new Error('lost'), {
      dispatch: mail,
      progress: { handedOver: true, begun: true, refusals: [] },
      hook: () => 'deferred',
    })
    expect(outcome.recipients[0]?.verdict).toBe('deferred')
  })

  test('is given the error and the mail', () => {
    const error = replied('550 5.1.1 No')
    meaningWithHook(error, mail, (...given) => {
      expect(given).toEqual([error, mail])
      return undefined
    })
    expect.assertions(1)
  })
})
