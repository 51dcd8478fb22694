import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey, domainKey, fold, maxAddressBytes, separatorOf } from '../../src/mail/address-key.ts'
import { entryKey, matchedBeginnings } from '../../src/mail/entry-key.ts'

const label = 'a'.repeat(63)
/** Of so many characters, in labels that are not too long. */
const domainOf = (length: number) => `${`${label}.`.repeat(4).slice(0, length - 4)}b.de`

describe('an address key', () => {
  test.each<[string, string]>([
    ['ada@example.com', 'ada@example.com'],
    ['Ada@Example.COM', 'ada@example.com'],
    [' ada@example.com\t', 'ada@example.com'],
    ['ada @example.com', 'ada@example.com'],
    ['ada@example.com.', 'ada@example.com'],
    ["o'neil+tag.x@mail-1.example.com", "o'neil+tag.x@mail-1.example.com"],
    ['ada@münchen.example', 'ada@xn--mnchen-3ya.example'],
    ['ada@XN--MNCHEN-3YA.example', 'ada@xn--mnchen-3ya.example'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['JÜRGEN@example.com', 'jürgen@example.com'],
    ['"ada"@example.com', 'ada@example.com'],
    ['"a\\d\\a"@example.com', 'ada@example.com'],
    ['"Ada Lovelace"@example.com', '"ada lovelace"@example.com'],
    ['"a@b"@example.com', '"a@b"@example.com'],
    ['"a\\"b\\\\c"@example.com', '"a\\"b\\\\c"@example.com'],
    ['"a..b"@example.com', 'a..b@example.com'],
    ['ada@localhost', 'ada@localhost'],
    ['ada@my_host.example', 'ada@my_host.example'],
    ['ada@[192.0.2.1]', 'ada@[192.0.2.1]'],
    ['ada@[IPv6:2001:DB8:0::1]', 'ada@[ipv6:2001:db8::1]'],
    ['ada@[2001:db8::0:1]', 'ada@[ipv6:2001:db8::1]'],
    [`${'a'.repeat(64)}@${domainOf(253)}`, `${'a'.repeat(64)}@${domainOf(253)}`],
  ])('of %s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
    expect(addressKey(key)).toBe(key)
  })

  test.each([
    '',
    'ada',
    '@example.com',
    ' @example.com',
    'ada@',
    'ada@ ',
    'ada@example..com',
    'ada@.example.com',
    'ada@exam ple.com',
    'ada@example.com/x',
    'ada@ex%61mple.com',
    'ada@exa\tmple.com',
    'ada@example.com:25',
    'ada@exam\u0085ple.com',
    `ada@${label}a.com`,
    `ada@${domainOf(254)}`,
    'ada@1234',
    'ada@a.1',
    'ada@[x[192.0.2.1]',
    'ada@0x7f.1',
    'ada@127.0.0.1',
    'ada@127.10.10.1',
    'ada@[192.0.2.256]',
    'ada@[ipv6:192.0.2.1]',
    'ada@[example.com]',
    'ada@[2001:db8::1',
    'ada@x[192.0.2.1]',
    'ada@[192.0.2.1]x',
    'a b@example.com',
    'a@b@example.com',
    'a,b@example.com',
    'a(b)@example.com',
    'a<b>@example.com',
    'a[b@example.com',
    'a\\b@example.com',
    'a"b@example.com',
    '"ada@example.com',
    'ada"@example.com',
    '""@example.com',
    '"a"b"@example.com',
    '"a\\"@example.com',
    'a\u0007b@example.com',
    '"a\u007fb"@example.com',
    '"a\u009fb"@example.com',
    'a\ud800@example.com',
    `${'a'.repeat(maxAddressBytes)}@example.com`,
    `${'ä'.repeat(160)}@example.com`,
  ])('is not made of %j', (address) => {
    expect(addressKey(address)).toBeUndefined()
  })

  test('may take as many bytes as an address may, and not one more', () => {
    const local = (bytes: number) => `${'a'.repeat(bytes - '@x.example'.length - 1)}ß@x.example`
    expect(Buffer.byteLength(local(maxAddressBytes - 1))).toBe(maxAddressBytes)
    expect(addressKey(local(maxAddressBytes - 1))).toBe(local(maxAddressBytes - 1))
    expect(addressKey(local(maxAddressBytes))).toBeUndefined()
    const plain = `${'a'.repeat(maxAddressBytes - '@x.example'.length)}@x.example`
    expect(addressKey(plain)).toBe(plain)
    expect(addressKey(`${local(maxAddressBytes - 9)}${' '.repeat(20)}`)).toBeUndefined()
  })

  test('of a key is the key itself, whatever was read', () => {
    const local = fc.string({ unit: 'grapheme', maxLength: 12 })
    const domain = fc.constantFrom(
      'Example.com',
      'münchen.example',
      '[192.0.2.1]',
      'xn--mnchen-3ya.example',
      'a_b.example',
    )
    fc.assert(
      fc.property(local, domain, fc.boolean(), (given, at, isQuoted) => {
        const key = addressKey(`${isQuoted ? `"${given.replace(/["\\]/g, '\\$&')}"` : given}@${at}`)
        if (key !== undefined) expect(addressKey(key)).toBe(key)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a domain key', () => {
  test.each<[string, string | undefined]>([
    ['EXAMPLE.com.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['[IPv6:::1]', '[ipv6:::1]'],
    [domainOf(253), domainOf(253)],
    [domainOf(254), undefined],
    [domainOf(253).toUpperCase(), domainOf(253)],
    [domainOf(254).toUpperCase(), undefined],
    [`${domainOf(253)}.`, undefined],
    [`${`${'ä'.repeat(40)}.`.repeat(6)}de`, undefined],
    ['ä'.repeat(80), undefined],
    ['.', undefined],
    ['', undefined],
    ['a@b.example', undefined],
    ['1.2.3.4', undefined],
    ['1.2.3.4.5', undefined],
    ['1.2.3.4.example', '1.2.3.4.example'],
    ['x.1.2.3.4.example', 'x.1.2.3.4.example'],
  ])('of %s is %s', (domain, key) => {
    expect(domainKey(domain)).toBe(key)
  })
})

test('local part and domain meet at the last at sign', () => {
  expect(['a@b', '"a@b"@c', 'ab'].map(separatorOf)).toEqual([1, 5, -1])
})

test('folding takes no character apart', () => {
  expect(fold('İ')).toBe(fold(fold('İ')))
  expect([fold('A\u030a'), fold('ÀB')]).toEqual(['\u00e5', 'àb'])
})

describe('an entry', () => {
  const hash = `sha256:${'0a'.repeat(32)}`
  test.each<[string, string | undefined]>([
    [hash, hash],
    [` ${hash} `, hash],
    [`x${hash}`, undefined],
    [`${hash}0`, undefined],
    [hash.toUpperCase(), undefined],
    ['@Bücher.example', '@xn--bcher-kva.example'],
    [' @example.com ', '@example.com'],
    ['@', undefined],
    ['@no domain', undefined],
    [' Ada@Example.com', 'ada@example.com'],
    ['Ada <Ada@Example.com>', 'ada@example.com'],
    ['Ada@Example.com (Ada)', 'ada@example.com'],
    ['"Lovelace, Ada" <ada@example.com>', 'ada@example.com'],
    ['Ada <ada@example.com>, Eve <eve@example.com>', undefined],
    ['Ada <ada>', undefined],
    ['<>', undefined],
    ['Ada ada@example.com', undefined],
    ['ada@example.com, eve@example.com', undefined],
    ['', undefined],
  ])('%s is compared as %s', (text, key) => {
    expect(entryKey(text)).toBe(key)
  })

  test.each<[string, string[]]>([
    ['Ad', ['ad']],
    [' Ada@Example.com ', ['ada@example.com']],
    ['Ada <ada@example.com>', ['ada <ada@example.com>', 'ada@example.com']],
    ['@Bücher.example', ['bücher.example', 'xn--bcher-kva.example']],
    ['Bücher.example', ['bücher.example', 'xn--bcher-kva.example']],
    ['"ada"@example.com', ['"ada"@example.com', 'ada@example.com']],
    ['a@@b', ['a@@b']],
  ])('that begins with %s is found by %j', (match, beginnings) => {
    expect(matchedBeginnings(match)).toEqual(beginnings)
  })
})
