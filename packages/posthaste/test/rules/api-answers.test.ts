import { describe, expect, test } from 'vitest'
import { answerBodies, reasonsIn } from '../../src/transports/outcome/api-body.ts'
import { factsOf, parseReply } from '../../src/transports/outcome/facts.ts'

const plain = 'Request failed with status code 400'

describe("a provider's answer", () => {
  const body = { message: 'no such domain' }
  test.each([
    { response: { body } },
    { response: { data: body } },
    { body },
    { data: body },
    { error: body },
    { body: ` ${JSON.stringify(body)}` },
  ])('is found where SDKs keep it: %j', (error) => {
    expect(answerBodies(error)).toEqual([body])
    expect(reasonsIn(error, plain)).toBe('no such domain')
  })

  test.each(['not JSON', '{"broken":', '[1]', 'null', `{"a":"${'x'.repeat(100_000)}"}`, 7, null])(
    'is none where it is not an object, or larger than any: %#',
    (given) => {
      expect(answerBodies({ body: given })).toEqual([])
    },
  )

  test('of a hundred thousand characters is read', () => {
    expect(answerBodies({ body: `{"a":"${'x'.repeat(100_000 - 8)}"}` })).toHaveLength(1)
  })

  test.each<[object, string]>([
    [{ Message: 'oops' }, 'oops'],
    [{ error_description: 'oops' }, 'oops'],
    [{ detail: 'oops' }, 'oops'],
    [{ details: ['oops', { message: 'too bad' }] }, 'oops; too bad'],
    [{ title: 'oops', reason: 'too bad' }, 'oops; too bad'],
    [{ error: 'oops' }, 'oops'],
    [{ error: { message: 'oops', field: 'to' } }, 'oops (to)'],
    [{ error: { field: 'to' } }, plain],
    [
      { errors: [{ message: 'oops', field: 'from' }, { Message: 'too bad' }, {}, 7] },
      'oops (from); too bad; 7',
    ],
    [
      { errors: Array.from({ length: 12 }, (_, n) => `reason ${n + 10}`) },
      Array.from({ length: 10 }, (_, n) => `reason ${n + 10}`).join('; '),
    ],
    [{ message: 'oops', error: 'oops' }, 'oops'],
    [{ message: '' }, plain],
    [{ other: 'oops' }, plain],
    [{}, plain],
  ])('gives its reasons in words: %j', (answer, reasons) => {
    expect(reasonsIn({ body: answer }, plain)).toBe(reasons)
  })

  test.each<[object, string]>([
    [{ details: 'oops' }, 'oops'],
    [{ detail: 'oops', details: 'too bad' }, 'too bad; oops'],
  ])('may stand in the error itself: %j', (error, reasons) => {
    expect(reasonsIn(error, plain)).toBe(reasons)
  })

  test('goes after what the SDK says, unless that only repeats the status, or says it already', () => {
    const error = { body: { message: 'no such domain' } }
    expect(reasonsIn(error, 'Mailgun refused it')).toBe('Mailgun refused it; no such domain')
    expect(reasonsIn(error, 'no such domain')).toBe('no such domain')
    expect(reasonsIn(error, 'refused: no such domain, 400')).toBe('refused: no such domain, 400')
    for (const generic of [
      'Bad Request',
      'Unprocessable Entity.',
      'HTTP request failed',
      'Status code: 422',
      'gateway timeout',
    ])
      expect(reasonsIn(error, generic)).toBe('no such domain')
    for (const own of ['Bad Request of mine', 'a Bad Request']) expect(reasonsIn(error, own)).toContain(own)
  })
})

describe('the codes of an error', () => {
  test('are its own, those of its causes and those of the answer, each once and none that every error has', () => {
    const { code, codes } = factsOf({
      code: 'A',
      originalCode: 'B',
      cause: { code: 'C', cause: { code: 'D' } },
      errors: [{ code: 'E' }],
      Code: 'F',
      body: { code: 'G', name: 'H', __type: 'I' },
      name: 'TypeError',
      message: 'it met ESOMETHING, and A',
    })
    expect(code).toBe('A')
    expect(codes).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'ESOMETHING'])
    expect(factsOf({ name: 'Odd' }).codes).toEqual(['Odd'])
  })

  test.each([
    { response: { status: 429 } },
    { response: { statusCode: 429 } },
    { $response: { statusCode: 429 } },
    { error: { statusCode: 429 } },
    { error: { status: 429 } },
    { status: 429 },
    { statusCode: '429' },
  ])('may be a status of HTTP: %j', (error) => {
    expect(factsOf(error)).toMatchObject({ http: 429, answered: true, reply: { code: 429 } })
  })

  test('are numbers where they are Postmark’s, and then no status', () => {
    expect(factsOf({ ErrorCode: 406, statusCode: 422 })).toMatchObject({
      http: 422,
      codes: ['ErrorCode 406'],
    })
    expect(factsOf({ code: 406, statusCode: 422 }).codes).toEqual(['ErrorCode 406'])
    expect(factsOf({ ErrorCode: 0, statusCode: 422 }).codes).toEqual([])
    expect(factsOf({ statusCode: 422 }).codes).toEqual([])
    expect(factsOf({ code: 406 })).toMatchObject({ http: 406, codes: [] })
  })

  test.each<[object, boolean]>([
    [{ syscall: 'connect' }, true],
    [{ cause: { syscall: 'getaddrinfo' } }, true],
    [{ syscall: 'read', cause: { syscall: 'connect' } }, false],
    [{ message: 'connect ECONNREFUSED 192.0.2.1' }, true],
    [{ message: 'it did connect ECONNREFUSED' }, false],
    [{ message: 'Client network socket disconnected before secure TLS connection was established' }, true],
    [{}, false],
  ])('say whether a connection ever stood: %j', (error, neverStood) => {
    expect(factsOf(error).neverStood).toBe(neverStood)
  })

  test.each<[unknown, number | undefined]>([
    [299, undefined],
    [300, 300],
    [599, 599],
    [600, undefined],
    [429.5, undefined],
    ['300', 300],
    [['429'], undefined],
  ])('have a status of HTTP from 300 to 599: %j', (status, http) => {
    expect(factsOf({ status }).http).toBe(http)
  })

  test.each<[string, object]>([
    ['550 5.1.1 no such user', { code: 550, enhanced: '5.1.1', text: 'no such user' }],
    ['550 5.11.111 no', { code: 550, enhanced: '5.11.111', text: 'no' }],
    ['550 5.1.1', { code: 550, enhanced: '5.1.1', text: '' }],
    [' 550-5.1.1 no\r\n550 5.1.1 such user', { code: 550, enhanced: '5.1.1', text: 'no such user' }],
    ['550-no\n550 such user', { code: 550, text: 'no such user' }],
    ['550', { code: 550, text: '' }],
    ['550 see 5.1.1 there', { code: 550, text: 'see 5.1.1 there' }],
    ['550 5.1.1x', { code: 550, text: '5.1.1x' }],
    ['550 3.1.1 odd', { code: 550, text: '3.1.1 odd' }],
    ['550 of 250 are there', { code: 550, text: 'of 250 are there' }],
    ['x550 no', { text: 'x550 no' }],
    ['5501 no', { text: '5501 no' }],
  ])('are read off the reply %j', (response, reply) => {
    expect(parseReply(response)).toEqual(reply)
  })

  test.each([{ status: '4290' }, { status: 'x429' }, { status: 'sent' }, { status: 42 }])(
    '%j is none',
    (error) => {
      expect(factsOf(error).http).toBeUndefined()
    },
  )
})
