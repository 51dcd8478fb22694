/**
 * What stands for a connection or a transporter of the app's must be known to every copy of this package in the process: another version, one within a
 * bundle, a module that was evaluated anew. Else two of them use one name on a connection, or a transporter gets a listener of each.
 *
 * @param name says the shape, too: where that changes, so does the name, and the versions before and after do not meet
 */
export function acrossCopies<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`posthaste ${name}`)
  const known = copies[key] as T | undefined
  if (known) return known
  const made = make()
  copies[key] = made
  return made
}

/** Nothing in it may keep what it is about alive. */
const copies = globalThis as unknown as Record<symbol, object | undefined>

export function weakMapAcrossCopies<T>(name: string): WeakMap<object, T> {
  return acrossCopies(name, () => new WeakMap<object, T>())
}

export function weakSetAcrossCopies(name: string): WeakSet<object> {
  return acrossCopies(name, () => new WeakSet())
}
