import { liveValues } from './live-values.ts'
import { boom, changing, deep, throwing, throwingProxy } from './odd-parts.ts'

/** Values that a caller may hand in by mistake or by malice, by name. Each is made anew, since some are used up. */
export const garbage: Readonly<Record<string, () => unknown>> = {
  ...scalars(),
  ...texts(),
  ...lists(),
  ...objects(),
  ...liveValues(),
}

export type Makers = Record<string, () => unknown>

function scalars(): Makers {
  const values = [undefined, null, true, false, NaN, Infinity, -Infinity, 0, -0, -1, 0.5, 1, 7, 2 ** 31]
  const large = [2 ** 53, 2 ** 64, 1e308, 5e-324, Number.MAX_SAFE_INTEGER, 0n, 10n, 2n ** 200n, -1n]
  const named = [...values, ...large].map((value) => [`${typeof value} ${String(value)}`, () => value])
  return { ...Object.fromEntries(named), symbol: () => Symbol('s'), 'symbol iterator': () => Symbol.iterator }
}

function texts(): Makers {
  const odd = ['', ' ', 'x', '0', 'null', 'undefined', '__proto__', 'constructor', 'toString', 'a\0b']
  const headers = [
    'a\r\nBcc: eve@example.com',
    '\n',
    '\ud800',
    'a\udc00b',
    '\u202eabc',
    '\u0000',
    '\u{1f600}',
  ]
  const mails = [
    '@',
    'a@',
    '@b',
    'a@b',
    '<a@b>',
    '"a@b',
    'a@b,',
    'a@b, c@d',
    'a:b@c;',
    'a@[1.2.3.4]',
    'ü@ü.example',
  ]
  const places = [
    'http://127.0.0.1:1/x',
    'file:///etc/passwd',
    '/etc/passwd',
    'data:,x',
    'data:x',
    '../..',
    'smtp://',
  ]
  const other = [
    "'; drop table mail; --",
    '%s%d%n',
    '{{x}}',
    '1e9',
    '-1',
    '10m',
    '2026-02-30T00:00Z',
    '9999-12-31T23:59Z',
  ]
  const all = [...odd, ...headers, ...mails, ...places, ...other]
  return {
    ...Object.fromEntries(all.map((text) => [`text ${JSON.stringify(text)}`, () => text])),
    'text of 300': () => 'a'.repeat(300),
    'text of 100,000': () => 'a'.repeat(100_000),
    'text of 1,000,000': () => 'a@'.repeat(500_000),
    'commas of 1,000,000': () => ','.repeat(1_000_000),
    'brackets of 500,000': () => '(<"'.repeat(170_000),
    'an id': () => '0199c1b2-0000-7000-8000-000000000000',
  }
}

function lists(): Makers {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  return {
    'empty list': () => [],
    'list of undefined': () => [undefined],
    'list of null': () => [null],
    'list of lists': () => [[[]]],
    'list of all': () => [1, 'a', null, undefined, {}, [], () => {}, Symbol('x')],
    'list of texts': () => ['x', 'a@b.example', '\0'],
    'sparse list': () => Object.assign(new Array(5), { 3: 'x' }),
    'sparse list of 4,294,967,295': () => new Array(2 ** 32 - 1),
    'list of 300,000': () => new Array(300_000).fill('a@b.example'),
    'list with fields': () => Object.assign(['a'], { address: 'x' }),
    'cyclic list': () => cyclic,
    'deep list': () => deep((inner) => [inner]),
    'proxied list': () => new Proxy([1, 2], {}),
    'proxied list that throws': () => new Proxy([1, 2], { get: boom }),
    arguments: () => new Function('return arguments')(1, 'a'),
  }
}

function objects(): Makers {
  class Plain {
    x = 1
  }
  class Getters {
    get to(): never {
      return boom()
    }
    get from(): never {
      return boom()
    }
  }
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  return {
    'empty object': () => ({}),
    'object of anything': () => ({ x: 1 }),
    'address object': () => ({ name: 'a', address: 'a@b.example' }),
    'address of an object': () => ({ address: {} }),
    'null prototype': () => Object.assign(Object.create(null), { to: 'a@b.example' }),
    'own __proto__': () => JSON.parse('{"__proto__":{"to":"a@b.example"},"constructor":1}'),
    instance: () => new Plain(),
    'instance whose getters throw': () => new Getters(),
    'object whose getters throw': () => Object.defineProperty({}, 'x', { get: boom, enumerable: true }),
    'object whose known getters throw': () =>
      throwing(['to', 'address', 'content', 'path', 'length', 'name']),
    'object with toJSON that throws': () => ({ toJSON: boom }),
    'object with toString that throws': () => ({ toString: boom, valueOf: boom }),
    'object with toPrimitive that throws': () => ({ [Symbol.toPrimitive]: boom }),
    'object with a symbol key': () => ({ [Symbol('k')]: 1 }),
    'constructor that throws': () =>
      Object.defineProperty(Object.create({ a: 1 }), 'constructor', { get: boom }),
    cyclic: () => cyclic,
    'deep object': () => deep((inner) => ({ inner })),
    'wide object': () => Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n])),
    'array-like': () => ({ length: 1e9, 0: 'a' }),
    frozen: () => Object.freeze({ to: 'x' }),
    'proxy that throws': () => throwingProxy({}),
    'proxy of a function that throws': () => throwingProxy(() => {}),
    'revoked proxy': () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
    'proxy with any field': () =>
      new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : () => 'x'), has: () => true }),
    'changes at each reading': () => changing(),
    boxed: () => [Object(1), Object('x'), Object(true)],
    'boxed text': () => Object('a@b.example'),
    'boxed number': () => Object(5),
  }
}
