import { describe, expect, test } from 'vitest'
import { classify, classifyConnecting } from '../../src/transports/outcome/classify.ts'

describe('trouble before any mail was spoken of', () => {
  const replied = (response: string, command?: string) =>
    Object.assign(new Error(response), {
      code: 'EX',
      response,
      responseCode: Number.parseInt(response, 10),
      ...(command && { command }),
    })

  test.each<[unknown, string]>([
    [replied('554 go away'), 'connection'],
    [replied('421 too many connections'), 'throttled'],
    [replied('450 later', 'EHLO'), 'throttled'],
    [replied('450 later'), 'throttled'],
    [replied('535 no', 'AUTH PLAIN'), 'authentication'],
    [replied('550 5.1.1 no such user', 'RCPT TO'), 'connection'],
    [new Error('odd'), 'connection'],
    [Object.assign(new Error('certificate'), { code: 'ETLS' }), 'tls'],
  ])("is the transport's, whatever the code: %s", (error, kind) => {
    const outcome = classifyConnecting(error)
    expect(outcome).toMatchObject({ type: 'fault', fault: { kind, scope: 'transport' } })
    expect(outcome.fault.message).toBe(outcome.reply?.text)
  })

  test('keeps the code of the error, where it has one', () => {
    expect(classifyConnecting(replied('554 go away')).errorCode).toBe('EX')
    expect(classifyConnecting(new Error('odd'))).not.toHaveProperty('errorCode')
  })
})

describe('what a reply means depends on where it was given', () => {
  const judged = (response: string, { command = 'DATA', code = 'EMESSAGE' } = {}) =>
    classify(
      Object.assign(new Error(response), {
        response,
        responseCode: Number.parseInt(response, 10),
        command,
        code,
      }),
    )

  test.each<[string, object, string]>([
    ['535 no', { code: 'EAUTH', command: '' }, 'deferred transport authentication'],
    ['535 no', { command: 'AUTH PLAIN' }, 'deferred transport authentication'],
    ['454 later', { command: 'AUTH LOGIN' }, 'deferred transport throttled'],
    ['500 what', { command: 'AUTH LOGIN' }, 'deferred transport authentication'],
    ['421 later', { command: 'CONN' }, 'deferred unknown throttled'],
    ['450 later', { command: 'EHLO' }, 'deferred transport throttled'],
    ['500 what', { command: 'EHLO' }, 'deferred transport connection'],
    ['250 too many recipients', {}, 'deferred unknown none'],
    ['400 too many recipients', {}, 'deferred recipient none'],
    ['550 4.1.1 no', {}, 'rejected unknown none'],
    ['500 5.1.1 no', {}, 'rejected recipient none'],
    ['550 no', {}, 'rejected unknown none'],
    ['550 5.1.1 no', { code: 'ETLS' }, 'deferred transport tls'],
  ])('%s with %j', (response, at, expected) => {
    const { verdict, scope, fault } = judged(response, at)
    expect(`${verdict} ${scope} ${fault?.kind ?? 'none'}`).toBe(expected)
  })

  test('and names a wait only where one was asked for', () => {
    expect(judged('450 4.7.1 greylisted, try again in 5 minutes').retryAfter).toBe(300_000)
    expect(judged('450 no')).not.toHaveProperty('retryAfter')
    expect(judged('421 no', { command: 'CONN' }).fault).not.toHaveProperty('retryAfter')
  })

  test('and an error of our own side says that nothing left', () => {
    expect(classify(Object.assign(new Error('no such file'), { code: 'ENOENT' })).mayHaveLeft).toBe(false)
    expect(classify(Object.assign(new Error('odd'), { code: 'EODD' })).mayHaveLeft).toBe(true)
  })
})

describe('at MAIL FROM only the sender has been named', () => {
  const at = (response: string) =>
    classify(
      Object.assign(new Error(response), {
        response,
        responseCode: Number.parseInt(response, 10),
        command: 'MAIL FROM',
      }),
    )
  test.each<[string, string, string]>([
    ['550 5.1.1 no such user', 'rejected', 'sender'],
    ['450 4.1.1 no such user', 'deferred', 'sender'],
    ['550 no', 'rejected', 'sender'],
    ['450 no', 'deferred', 'unknown'],
    ['552 5.3.4 too big', 'rejected', 'mail'],
  ])('%s is %s, because of the %s', (response, verdict, scope) => {
    expect(at(response)).toMatchObject({ verdict, scope })
  })
})
