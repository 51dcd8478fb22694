export function boom(): never {
  throw new Error('boom')
}

export async function* failing() {
  yield 'x'
  boom()
}

export function deep(wrap: (inner: unknown) => unknown): unknown {
  let inner: unknown = 'x'
  for (let level = 0; level < 20_000; level++) inner = wrap(inner)
  return inner
}

export function throwing(names: readonly string[]): object {
  const object = {}
  for (const name of names) Object.defineProperty(object, name, { get: boom, enumerable: true })
  return object
}

const traps = [
  ...[
    'get',
    'set',
    'has',
    'ownKeys',
    'getOwnPropertyDescriptor',
    'getPrototypeOf',
    'setPrototypeOf',
    'apply',
  ],
  ...['construct', 'defineProperty', 'deleteProperty', 'isExtensible', 'preventExtensions'],
]

export function throwingProxy(target: object): unknown {
  return new Proxy(target, Object.fromEntries(traps.map((trap) => [trap, boom])))
}

/** Something else each time that it is looked at. */
export function changing(): object {
  let reads = 0
  const values = [undefined, 'x', 1, {}, [], null, () => {}]
  const get = () => values[reads++ % values.length]
  const names = ['to', 'from', 'subject', 'address', 'content', 'dkim', 'limit', 'x']
  return Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, { get, enumerable: true }])),
  )
}
