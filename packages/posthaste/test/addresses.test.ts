import { describe, expect, test } from 'vitest'
import { domainOf, parseMailboxes } from '../src/mail/addresses.ts'
import { codeOf } from './support/content.ts'

const addresses = (value: unknown) => parseMailboxes(value, 'to').map(({ address }) => address)

describe('an address field', () => {
  test.each([
    ['an address', 'jo@example.com', ['jo@example.com']],
    ['an address with a name', 'Jo <jo@example.com>', ['jo@example.com']],
    ['a list as text', 'a@example.com, "B, b" <b@example.com>', ['a@example.com', 'b@example.com']],
    ['an object', { name: 'Jo', address: 'jo@example.com' }, ['jo@example.com']],
    [
      'nested lists',
      ['a@example.com', [['b@example.com', { address: 'c@example.com' }]]],
      ['a@example.com', 'b@example.com', 'c@example.com'],
    ],
    ['a group as text', 'Team: a@example.com, b@example.com;', ['a@example.com', 'b@example.com']],
    [
      'a group as an object',
      { name: 'Team', group: [{ address: 'a@example.com' }, 'b@example.com'] },
      ['a@example.com', 'b@example.com'],
    ],
    ['nothing', undefined, []],
  ])('may be %s', (_, value, expected) => {
    expect(addresses(value)).toEqual(expected)
  })

  test('is normalised as the envelope of Nodemailer is', () => {
    expect(addresses('Jo.Doe@EXAMPLE.Com, safe@jõgeva.ee')).toEqual([
      'Jo.Doe@example.com',
      'safe@xn--jgeva-dua.ee',
    ])
    expect(addresses('jõgeva@xn--jgeva-dua.ee')).toEqual(['jõgeva@jõgeva.ee'])
  })

  test('may hold local parts that need quotes', () => {
    expect(addresses('"a b"@example.com')).toEqual(['"a b"@example.com'])
    expect(addresses('a..b@docomo.example')).toEqual(['"a..b"@docomo.example'])
  })

  test.each([
    ['a bare name', 'root'],
    ['a name in a list', 'a@example.com, nobody'],
    ['two addresses in one object', { address: 'a@example.com, b@example.com' }],
    ['a second at sign', { address: 'a@evil.example@example.com' }],
    ['no domain', { address: 'a@' }],
    ['an empty label', { address: 'a@example..com' }],
    ['a domain with a space', { address: 'a@exam ple.com' }],
    ['an object without an address', { name: 'Jo' }],
    ['a number', 7],
    ['an address of 400 characters', `${'a'.repeat(390)}@example.com`],
    ['a lone surrogate', 'a\ud800@example.com'],
  ])('is refused with %s', async (_, value) => {
    expect(await codeOf(() => parseMailboxes(value, 'to'))).toBe('PH_ADDRESS_INVALID')
  })

  test('is refused by name, so that the user knows where to look', () => {
    expect(() => parseMailboxes(['a@example.com', 'nobody'], 'cc')).toThrow(/cc\[1\]: "nobody"/)
  })

  test('of hostile length is refused before it is parsed', async () => {
    const started = performance.now()
    expect(await codeOf(() => parseMailboxes('<'.repeat(5_000_000), 'to'))).toBe('PH_ADDRESS_INVALID')
    expect(performance.now() - started).toBeLessThan(200)
  })
})

test('the domain of an address is what stands behind the separating at sign', () => {
  expect(domainOf('a@example.com')).toBe('example.com')
  expect(domainOf('"a@b"@example.com')).toBe('example.com')
  expect(domainOf('a@[192.0.2.1]')).toBe('[192.0.2.1]')
  expect(domainOf('')).toBe('')
})
