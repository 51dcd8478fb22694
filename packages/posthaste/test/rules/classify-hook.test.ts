import { describe, expect, test } from 'vitest'
import { classify } from '../../src/transports/outcome/classify.ts'
import { type ClassifyHook, meaningWithHook } from '../../src/transports/outcome/classify-hook.ts'
import { dispatchOf } from '../support/dispatch.ts'

const mail = dispatchOf()
const replied = (response: string) =>
  Object.assign(new Error(response), {
    response,
    responseCode: Number.parseInt(response, 10),
    command: 'RCPT TO',
  })
const refused = replied('550 5.1.1 no such user')
const slowDown = replied('421 4.7.0 too many connections')
const said = (error: unknown, word: unknown) => meaningWithHook(error, mail, (() => word) as ClassifyHook)

describe("the app's own reading of an error", () => {
  test('may be that the mail is to be tried again: no fault of the transport, and nothing proven', () => {
    const { fault: _, proven: __, ...rest } = classify(refused)
    expect(said(refused, 'deferred')).toEqual({ ...rest, verdict: 'deferred', overruled: true })
    expect(said(slowDown, 'deferred')).not.toHaveProperty('fault')
  })

  test('may be that the mail can never be delivered', () => {
    expect(said(slowDown, 'rejected')).toMatchObject({ verdict: 'rejected', proven: true, overruled: true })
    expect(said(slowDown, 'rejected')).not.toHaveProperty('fault')
  })

  test('may be that the transport is in trouble: its own kind of trouble, where the error has one', () => {
    expect(said(refused, 'transport')).toMatchObject({
      verdict: 'deferred',
      overruled: true,
      fault: {
        kind: 'connection',
        scope: 'transport',
        message: 'no such user',
        reply: { code: 550, enhanced: '5.1.1' },
      },
    })
    expect(said(refused, 'transport')).not.toHaveProperty('proven')
    expect(said(slowDown, 'transport').fault).toMatchObject({ kind: 'throttled', scope: 'transport' })
  })

  test.each([undefined, null, 'sent', 7, {}, true])('that is %j changes nothing', (word) => {
    expect(said(refused, word)).toEqual(classify(refused))
  })

  test('that comes later changes nothing, and its failure ends nothing', () => {
    expect(said(refused, Promise.resolve('deferred'))).toEqual(classify(refused))
    const late = Promise.reject(new Error('a bug'))
    let isCaught = false
    const caught = (handle: () => undefined) => {
      isCaught = true
      return Promise.prototype.catch.call(late, handle)
    }
    expect(said(refused, Object.assign(late, { catch: caught }))).toEqual(classify(refused))
    expect(isCaught).toBe(true)
  })

  test('is not needed, and may fail', () => {
    expect(meaningWithHook(refused, mail, undefined)).toEqual(classify(refused))
    const broken = () => {
      throw new Error('a bug')
    }
    expect(meaningWithHook(refused, mail, broken)).toEqual(classify(refused))
  })
})
