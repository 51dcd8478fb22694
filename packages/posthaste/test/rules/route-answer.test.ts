import { describe, expect, test } from 'vitest'
import { readSettings } from '../../src/config/settings.ts'
import { readRouteAnswer } from '../../src/routing/route-answer.ts'
import { served, transportOf } from '../../src/routing/served.ts'

const settings = readSettings({
  database: 'sqlite:x.db',
  transports: { a: 'smtp://a.example', b: 'smtp://b.example' },
  streams: { news: { transport: 'b' }, receipts: {} },
})
const captured = readSettings({ database: 'sqlite:x.db', delivery: 'capture' })
const read = (answer: unknown, given = settings) =>
  readRouteAnswer(answer, { settings: given, usual: () => 'usual' })

describe('the answer of a route function', () => {
  test.each<[unknown, object]>([
    [undefined, { to: 'usual', cacheFor: 60_000 }],
    [null, { to: 'usual', cacheFor: 60_000 }],
    ['a', { to: 'a', cacheFor: 60_000 }],
    [{ name: 'b' }, { to: 'b', cacheFor: 60_000 }],
    [
      { name: 'b', cacheFor: '5m' },
      { to: 'b', cacheFor: 300_000 },
    ],
    [
      { name: 'b', cacheFor: '2h' },
      { to: 'b', cacheFor: 3_600_000 },
    ],
    [
      { name: 'b', cacheFor: 0 },
      { to: 'b', cacheFor: 0 },
    ],
  ])('%j is taken', (answer, route) => {
    expect(read(answer)).toEqual(route)
  })

  test.each<[unknown, string]>([
    ['c', "'c'; there are a, b"],
    [{ name: 'c' }, "'c'; there are a, b"],
    ['x'.repeat(100), `'${'x'.repeat(60)}'; there`],
    ['toString', "'toString'"],
    [7, 'route: a number is not a transport'],
    [{}, 'route: an object without a `name`'],
    [{ smtp: {} }, 'route: an object without a `name`'],
    [{ name: 'no name', smtp: {} }, 'route: its `name` is not'],
    [{ name: 'no name!', smtp: {} }, 'route: its `name` is not'],
    [{ name: 'x'.repeat(61), smtp: {} }, 'route: its `name` is not'],
    [{ name: '', smtp: {} }, 'route: its `name` is not'],
    [{ name: 'a', smtp: {} }, "route: 'a' has `smtp` and is one of `transports`, too"],
    [{ name: 'c', smtp: null }, 'route: its `smtp` is not an object'],
    [{ name: 'c', smtp: 'smtp://c.example' }, 'route: its `smtp` is not an object'],
    [{ name: 'c', smtp: { hots: 'c.example' } }, 'transports.c.hots'],
    [{ name: 'a', cacheFor: 'long' }, 'cacheFor is "long"'],
  ])('%j is refused', (answer, message) => {
    expect(() => read(answer)).toThrow(message)
  })

  test('may describe a transport, which is known by its content, whatever the order of its options', () => {
    const to = (smtp: object) =>
      read({ name: 'c-1.x_Y', smtp }).to as { name: string; content: string; config: object }
    const one = to({ host: 'c.example', port: 25, tls: { servername: 'd', minVersion: 'TLSv1.2', ca: null } })
    const same = to({
      tls: { ca: null, minVersion: 'TLSv1.2', servername: 'd' },
      port: 25,
      host: 'c.example',
    })
    const other = to({
      host: 'c.example',
      port: 25,
      tls: { servername: 'e', minVersion: 'TLSv1.2', ca: null },
    })
    expect(one).toMatchObject({ name: 'c-1.x_Y', config: { host: 'c.example', port: 25 } })
    expect(same.content).toBe(one.content)
    expect(other.content).not.toBe(one.content)
    const listed = to({ host: 'c.example', tls: { ca: ['x', 'y'] } }).content
    expect(to({ host: 'c.example', tls: { ca: ['y', 'x'] } }).content).not.toBe(listed)
    expect(listed).toContain('["x","y"]')
  })

  test('may name any transport where mail is only captured', () => {
    expect(read('anything', captured).to).toBe('anything')
  })
})

describe('without a function', () => {
  test('a worker serves the streams that it is told, or all', () => {
    expect(served(settings, undefined).map(({ name }) => name)).toEqual([...settings.streams.keys()])
    expect(served(settings, ['news']).map(({ transport }) => transport)).toEqual(['b'])
    expect(() => served(settings, ['news', 'olds'])).toThrow("'olds'; there are default, news, receipts")
  })

  test.each<[object, string | undefined, string]>([
    [{ transports: { a: 'smtp://a.example', b: 'smtp://b.example' } }, 'b', 'b'],
    [{ transports: { a: 'smtp://a.example', default: 'smtp://b.example' } }, undefined, 'default'],
    [{ transports: { a: 'smtp://a.example' } }, undefined, 'a'],
    [{ delivery: 'capture' }, undefined, 'capture'],
    [{ delivery: 'capture', transports: { a: 'smtp://a.example' } }, undefined, 'a'],
  ])('of %j, a stream with transport %s takes %s', (config, transport, name) => {
    expect(transportOf({ transport }, readSettings({ database: 'sqlite:x.db', ...config }))).toBe(name)
  })

  test('a stream that could take none or several is an error of the configuration', () => {
    expect(() => transportOf({ transport: undefined }, settings)).toThrow(
      "none of the transports a, b is named 'default'",
    )
    const none = readSettings({ database: 'sqlite:x.db' })
    expect(() => transportOf({ transport: undefined }, none)).toThrow('PH_CONFIG')
    expect(() => transportOf({ transport: undefined }, none)).toThrow('there is no transport')
  })
})
