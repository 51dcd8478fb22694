const lines = new WeakMap<object, Promise<unknown>>()

/**
 * Runs work on a connection after what was asked of it before. Where nothing waits it begins at once, before anything is awaited.
 */
export function inLine<T>(key: object, work: () => Promise<T>): Promise<T> {
  const before = lines.get(key)
  const mine = before ? before.then(work) : work()
  const settled = mine.then(
    () => {},
    () => {},
  )
  lines.set(key, settled)
  void settled.then(() => {
    if (lines.get(key) === settled) lines.delete(key)
  })
  return mine
}
