import { describe, expect, test } from 'vitest'
import { addressOf } from '../../src/transports/outcome/reading.ts'
import { retryAfterIn } from '../../src/transports/outcome/retry-after.ts'
import { dispatchOf } from '../support/dispatch.ts'

const day = 86_400_000
const wait = (headers: object) => retryAfterIn({ headers }, '')
const date = 'Tue, 24 Nov 2026 12:00:00 GMT'

describe('the wait that a server asks for', () => {
  test.each<[object, number | undefined]>([
    [{ 'retry-after': '5' }, 5_000],
    [{ 'Retry-After': 5 }, 5_000],
    [{ 'retry-after': ['5', '9'] }, 5_000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after-ms': '1500.4', 'retry-after': '9' }, 1_500],
    [{ 'Retry-After-Ms': '1500' }, 1_500],
    [{ 'x-ms-retry-after-ms': '700', 'retry-after': '9' }, 700],
    [{ 'X-Ms-Retry-After-Ms': '700' }, 700],
    [{ 'retry-after': 'Tue, 24 Nov 2026 12:01:00 GMT', date }, 60_000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 11:59:00 GMT', date }, 0],
    [{ 'retry-after': 'Tue, 24 Nov 2026 12:01:00 GMT' }, undefined],
    [{ 'retry-after': 'soon', date }, undefined],
    [{ 'retry-after': '999999' }, day],
    [{}, undefined],
    [new Headers({ 'Retry-After': '5' }), 5_000],
    [new Map([['retry-after', '5']]), 5_000],
    [{ get: 'nothing', 'retry-after': '5' }, 5_000],
    [
      {
        get: () => {
          throw new Error('no')
        },
        'retry-after': '5',
      },
      5_000,
    ],
  ])('stands in a header: %#', (headers, ms) => {
    expect(wait(headers)).toBe(ms)
  })

  test.each([
    { response: { headers: { 'retry-after': '5' } } },
    { headers: { 'retry-after': '5' } },
    { $response: { headers: { 'retry-after': '5' } } },
    { error: { headers: { 'retry-after': '5' } } },
    { rawResponse: { headers: { 'retry-after': '5' } } },
    { headers: 'none', error: { headers: { 'retry-after': '5' } } },
    { headers: null, error: { headers: { 'retry-after': '5' } } },
    { retryAfter: 5 },
    { retryAfter: '5', retryAfterInSeconds: 9 },
    { retryAfter: 'soon', retryAfterInSeconds: 5 },
  ])('is found where SDKs keep it: %j', (error) => {
    expect(retryAfterIn(error, 'try again in 1 hour')).toBe(5_000)
  })

  test.each<[string, number | undefined]>([
    ['Greylisted, try again in 5 minutes', 300_000],
    ['graylisted for 30s', 30_000],
    ['Please RETRY after 10 SEC', 10_000],
    ['wait 1 min', 60_000],
    ['come back in 2 mins', 120_000],
    ['try later: 1 hr', 3_600_000],
    ['temporarily banned for 3 hrs', 3 * 3_600_000],
    ['blocked for 2 hours', 2 * 3_600_000],
    ['suspended for 1 day', day],
    ['see you in 90 seconds', 90_000],
    ['again in 12h', 43_200_000],
    ['try again in 9 days', day],
    ['try again in 0 s', 0],
    ['500 in 24 hours exceeded', undefined],
    ['try again. 24 hours', undefined],
    ['try again; 24 hours', undefined],
    ['entry in 5 minutes', undefined],
    ['retries in 5 minutes', undefined],
    ['wait 5 months', undefined],
    ['wait 5 sx', undefined],
    ['wait 123456 s', undefined],
    [`try again ${'x'.repeat(31)} 5 s`, undefined],
    ['wait a while', undefined],
    ['', undefined],
  ])('else in the text: %j', (text, ms) => {
    expect(retryAfterIn(new Error(text), text)).toBe(ms)
  })
})

test('an address is found as the mail spells it, however the other side does', () => {
  const find = addressOf(dispatchOf({ to: ['Ada@Example.com', 'info@münchen.example', 'no address'] }))
  expect(find('Ada@Example.com')).toBe('Ada@Example.com')
  expect(find('ada@example.COM')).toBe('Ada@Example.com')
  expect(find({ address: 'ada@example.com' })).toBe('Ada@Example.com')
  expect(find({ email: 'info@xn--mnchen-3ya.example' })).toBe('info@münchen.example')
  expect(find('no address')).toBe('no address')
  expect(['eve@example.com', { name: 'Ada' }, 7, null, undefined, 'NO ADDRESS'].map(find)).toEqual(
    Array(6).fill(undefined),
  )
})
