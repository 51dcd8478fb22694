import { EventEmitter } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { boom, failing, throwing } from './odd-parts.ts'
import type { Makers } from './values.ts'

/** Garbage that does something, or is of a class of the runtime. */
export function liveValues(): Makers {
  return { ...callables(), ...builtins(), ...streams(), ...iterables() }
}

function callables(): Makers {
  return {
    function: () => () => {},
    'function that throws': () => boom,
    'async function that rejects': () => async () => boom(),
    'function that throws nothing': () => () => {
      throw undefined
    },
    'function that never settles': () => () => new Promise(() => {}),
    class: () => class {},
    generator: () =>
      function* () {
        yield 1
      },
    promise: () => Promise.resolve(1),
    'promise that rejected': () => {
      const rejected = Promise.reject(new Error('boom'))
      rejected.catch(() => {})
      return rejected
    },
    'promise that never settles': () => new Promise(() => {}),
    'thenable that throws': () => Object.defineProperty({}, 'then', { value: boom }),
    'thenable getter that throws': () => throwing(['then']),
    'thenable that never settles': () => Object.defineProperty({}, 'then', { value: () => {} }),
  }
}

function builtins(): Makers {
  return {
    date: () => new Date(),
    'invalid date': () => new Date(Number.NaN),
    'last date': () => new Date(8.64e15),
    'date that throws': () => Object.assign(new Date(), { getTime: boom, toISOString: boom, toJSON: boom }),
    map: () => new Map([['to', 'a@b.example']]),
    set: () => new Set(['a@b.example']),
    'weak map': () => new WeakMap(),
    regexp: () => /x/g,
    error: () => new Error('given'),
    'error whose message throws': () => Object.defineProperty(new Error('x'), 'message', { get: boom }),
    url: () => new URL('https://example.com/x'),
    buffer: () => Buffer.from('bytes'),
    'buffer of 2 MB': () => Buffer.alloc(2_000_000),
    'empty buffer': () => Buffer.alloc(0),
    uint16: () => new Uint16Array(4),
    'array buffer': () => new ArrayBuffer(8),
    'shared buffer': () => new SharedArrayBuffer(8),
    'data view': () => new DataView(new ArrayBuffer(8)),
    blob: () => new Blob(['x']),
    'abort signal': () => new AbortController().signal,
    'aborted signal': () => AbortSignal.abort(),
    'event emitter': () => new EventEmitter(),
    'global object': () => globalThis,
  }
}

function streams(): Makers {
  return {
    stream: () => Readable.from(['x']),
    'stream that never ends': () => new PassThrough(),
    'stream without an end of bytes': () =>
      new Readable({
        read(size) {
          this.push(Buffer.alloc(size))
        },
      }),
    'stream that fails': () =>
      new Readable({
        read() {
          this.destroy(new Error('boom'))
        },
      }),
    'stream that fails while it is read': () => Readable.from(failing()),
    'stream that failed': () => new PassThrough().on('error', () => {}).destroy(new Error('boom')),
    'stream that ended': () => new PassThrough().destroy(),
    'stream of objects': () => Readable.from([{ a: 1 }, 2]),
    'stream whose read throws': () => Object.assign(new PassThrough(), { read: boom, on: boom }),
    'old stream': () => Object.assign(new EventEmitter(), { pipe() {}, resume() {}, pause() {} }),
    'pipe alone': () => ({ pipe() {} }),
    'pipe that throws': () => ({ pipe: boom, on: boom, listeners: boom }),
    'web stream': () => new Blob(['x']).stream(),
  }
}

function iterables(): Makers {
  return {
    'iterator that throws': () => ({ [Symbol.iterator]: boom }),
    'iterator without next': () => ({ [Symbol.iterator]: () => ({}) }),
    'next that throws': () => ({ [Symbol.iterator]: () => ({ next: boom, return: boom }) }),
    'next that gives nothing': () => ({ [Symbol.iterator]: () => ({ next() {} }) }),
    'async iterator that rejects': () => failing(),
    'async iterator that never settles': () => ({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    }),
    'async iterator of garbage': () => ({ [Symbol.asyncIterator]: () => 1 }),
    'iterator of everything': () => new Set(['a', 1, null, {}]),
  }
}
