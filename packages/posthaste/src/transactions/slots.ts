const taken = new WeakMap<object, Set<string>>()

/** The name of a setting that nothing else on this connection uses now. Few are ever named: a session remembers each. */
export function takeSlot(key: object): string {
  const names = taken.get(key) ?? new Set<string>()
  taken.set(key, names)
  let n = 0
  while (names.has(`posthaste.hold_${n}`)) n++
  names.add(`posthaste.hold_${n}`)
  return `posthaste.hold_${n}`
}

export function freeSlot(key: object, name: string): void {
  taken.get(key)?.delete(name)
}
