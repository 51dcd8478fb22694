import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSources } from '../../../../scripts/house/sources.ts'
import { addressKey, domainKey } from '../../src/mail/address-key.ts'
import { entryKey } from '../../src/mail/entry-key.ts'
import { everyRecipient } from '../../src/outcome.ts'
import { createCapture } from '../../src/transports/capture.ts'
import { createRedirect } from '../../src/transports/redirect.ts'
import type { Transport } from '../../src/transports/transport.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { deliverTo } from '../support/dispatch.ts'
import { letter, openLine } from '../support/line.ts'

const spellings: readonly (readonly [entry: string, mailed: string])[] = [
  ['info@münchen.example', 'info@münchen.example'],
  ['info@münchen.example', 'info@xn--mnchen-3ya.example'],
  ['INFO@MÜNCHEN.example', 'info@münchen.example'],
  ['info@mu\u0308nchen.example', 'info@m\u00fcnchen.example'],
  ['@bücher.example', 'ada@bücher.example'],
  ['@BÜCHER.example.', 'ada@xn--bcher-kva.example'],
  ['jose\u0301@example.com', 'jos\u00e9@example.com'],
  ['jürgen@münchen.example', 'JÜRGEN@münchen.example'],
  ['"ada"@example.com', 'ada@example.com'],
  ['ada@example.com', '"ada"@example.com'],
  ['Ada <ada@example.com>', 'Ada@Example.com'],
  ['"Lovelace, Ada" <ada@example.com>', 'ada@example.com'],
  ['ada@example.com (Ada)', 'ada@example.com'],
  ['  ada@example.com ', 'ada@example.com'],
  ['"a@b"@example.com', '"A@B"@example.com'],
  ['ada@[192.0.2.1]', 'ada@[192.0.2.1]'],
]

describeEachDatabase('one address key', (_, fresh) => {
  test.each(spellings)('C1, C2 %s is suppressed, found and forgotten as %s', async (entry, mailed) => {
    await using line = await openLine((await fresh()).url)
    const { mail } = line
    const before = await mail.enqueue(letter(mailed))
    expect(await mail.suppressions.add(entry)).toBe(true)
    expect(await mail.suppressions.check(mailed)).toHaveLength(1)
    expect(await mail.enqueue(letter(mailed))).toMatchObject({ status: 'suppressed' })
    expect(await mail.deliverDue()).toMatchObject({ sent: 0 })
    expect(await mail.get(before.id)).toMatchObject({ state: 'suppressed' })
    expect(await mail.count({ to: entry })).toBe(2)
    const [{ address } = { address: '' }] = (await mail.suppressions.list()).items
    expect(entryKey(address)).toBe(address)
    if (entry.startsWith('@')) expect(await mail.suppressions.remove(address)).toBe(true)
    else expect(await mail.forget(entry)).toBe(2)
    expect(await mail.count({ to: mailed })).toBe(entry.startsWith('@') ? 2 : 0)
    expect(await mail.enqueue(letter(mailed))).toMatchObject({
      status: entry.startsWith('@') ? 'queued' : 'suppressed',
    })
  })

  test('C2 the hash of a forgotten address is an entry that can be looked for and taken away', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail } = line
    await mail.suppressions.add('Ada <ada@example.com>')
    await mail.forget('ADA@example.com')
    const [{ address } = { address: '' }] = (await mail.suppressions.list()).items
    expect(address).toMatch(/^sha256:/)
    expect(await mail.suppressions.remove(address)).toBe(true)
    expect(await mail.suppressions.check('ada@example.com')).toEqual([])
  })

  test('C3 the list is searched by how an address or its domain begins', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail } = line
    await mail.suppressions.import([
      'ada@example.com',
      '@example.com',
      'eve@other.example',
      'info@münchen.example',
      'a_b@x.example',
    ])
    const found = async (match: string) =>
      (await mail.suppressions.list({ match })).items.map(({ address }) => address)
    expect(await found('example.com')).toEqual(['@example.com', 'ada@example.com'])
    expect(await found('@Example.com')).toEqual(['@example.com', 'ada@example.com'])
    expect(await found('ADA')).toEqual(['ada@example.com'])
    expect(await found('münchen.example')).toEqual(['info@xn--mnchen-3ya.example'])
    expect(await found('Info@München.example')).toEqual(['info@xn--mnchen-3ya.example'])
    expect(await found('a_')).toEqual(['a_b@x.example'])
    expect(await found('a%')).toEqual([])
  })

  test('C4 a resend goes to no address that holds a control character', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail, smtp } = line
    const { id } = await mail.enqueue(letter('ada@example.com'))
    for (const to of [
      'a@exam\r\nple.com',
      'a@exam\tple.com',
      'a\0@example.com',
      'a@example.com\r\nb@example.com',
    ])
      await expect(mail.resend(id, { to })).rejects.toMatchObject({ code: 'PH_ADDRESS_INVALID' })
    expect(await mail.count({ all: true })).toBe(1)
    await mail.deliverDue()
    expect(smtp.received.flatMap(({ to }) => to)).toEqual(['ada@example.com'])
  })

  test('C5 two spellings of one address are one recipient', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail, smtp } = line
    const to = 'Ada@example.com'
    const first = await mail.enqueue(letter(to, { cc: 'ada@example.com', bcc: '"ADA"@EXAMPLE.com' }))
    await mail.enqueue(
      letter('x@münchen.example', {
        envelope: { from: 's@example.com', to: ['x@münchen.example', 'x@xn--mnchen-3ya.example'] },
      }),
    )
    await mail.deliverDue()
    await mail.resend(first.id, { to: ['eve@example.com', 'Eve@example.com'] })
    await mail.deliverDue()
    expect(smtp.received.map(({ to }) => to)).toEqual([
      [to],
      ['x@xn--mnchen-3ya.example'],
      ['eve@example.com'],
    ])
  })
})

test.each([
  'a@1234',
  'a@127.1',
  'a@0x7f.1',
  'a@127.0.0.1',
  'a@a/b.de',
  'a@a?b',
  'a@a#b',
  'a@a\\b',
  'a@ex%61mple.com',
  'a@exam\tple.com',
  'a@a..b',
  'a@.a',
  'a@a.de..',
  `a@${'a'.repeat(64)}.de`,
  `a@${'a.'.repeat(127)}de`,
  'a@*.de',
  "a@a'b.de",
  'a@a;b.de',
  'a@(a).de',
  'a@a,b',
  'a@a:25',
  'a@[a@b]',
  'a@[300.1.1.1]',
  'a@',
  '@a',
  'a b@example.com',
  'a@b@example.com',
  '""@example.com',
  'a\ud800@example.com',
])('C1 %j is no address: neither mailed, suppressed nor searched', async (address) => {
  await using line = await openLine('sqlite::memory:')
  expect(addressKey(address)).toBeUndefined()
  const { mail } = line
  await expect(mail.enqueue(letter('', { to: { name: '', address } }))).rejects.toMatchObject({
    code: expect.stringMatching(/PH_ADDRESS_INVALID|PH_HEADER_INJECTION/),
  })
  if (address !== '@a') {
    await expect(mail.suppressions.add(address)).rejects.toMatchObject({ code: 'PH_ADDRESS_INVALID' })
    await expect(mail.count({ to: address })).rejects.toMatchObject({ code: 'PH_FILTER_INVALID' })
  }
})

const anyAddress = fc.oneof(
  fc
    .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.domain())
    .map(([local, domain]) => `${local}@${domain}`),
  fc
    .tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }))
    .map(([local, domain]) => `"${local.replace(/["\\]/g, '\\$&')}"@${domain}.example`),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.emailAddress().map((address) => address.toUpperCase()),
)

test('C1 the key of a key is itself, whatever the address; the same as an entry of the list', () => {
  fc.assert(
    fc.property(anyAddress, (address) => {
      const key = addressKey(address)
      if (key === undefined) return
      expect(addressKey(key)).toBe(key)
      expect(entryKey(key)).toBe(key)
      expect(key.lastIndexOf('@')).toBe(
        key.length - (domainKey(key.slice(key.lastIndexOf('@') + 1)) ?? '').length - 1,
      )
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  ['@münchen.example', 'info@xn--mnchen-3ya.example', true],
  ['xn--mnchen-3ya.example', 'info@xn--mnchen-3ya.example', true],
  ['*@*.münchen.example', 'info@mail.xn--mnchen-3ya.example', true],
  ['Jürgen@example.com', 'ju\u0308rgen@example.com', true],
  ['"ada"@example.com', 'Ada@example.com', true],
  ['@example.com', 'ada@sub.example.com', false],
])('C1 a redirect that allows %s lets %s through: %s', async (allowed, address, goes) => {
  let asked: readonly string[] = []
  const deliver: Transport['deliver'] = async ({ envelope }) => {
    asked = envelope.to
    return { type: 'answered', recipients: everyRecipient(envelope.to, 'accepted') }
  }
  const redirect = { redirectTo: 'dev@example.com', allow: [allowed] }
  await deliverTo(createRedirect({ ...createCapture({ name: 'main' }), deliver }, redirect), {
    to: [address],
  })
  expect(asked).toEqual([goes ? address : 'dev@example.com'])
})

test('C1 nothing else in the source splits an address by itself', () => {
  const own = /lastIndexOf\('@'|\.split\('@'\)/
  const found = readSources().filter(({ text }) => own.test(text))
  expect(found.map(({ file }) => file)).toEqual(['foreign.ts', 'mail/address-key.ts'])
})
