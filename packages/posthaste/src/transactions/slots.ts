/** By connection: names, and how many use each. */
const taken = new WeakMap<object, Map<string, number>>()

/** The name of a setting that nothing else on this connection uses now. Few are ever named: a session remembers each. */
export function takeSlot(key: object): string {
  const names = taken.get(key)
  let n = 0
  while (names?.has(`posthaste.hold_${n}`)) n++
  shareSlot(key, `posthaste.hold_${n}`)
  return `posthaste.hold_${n}`
}

/** One more uses it. */
export function shareSlot(key: object, name: string): void {
  const names = taken.get(key) ?? new Map<string, number>()
  taken.set(key, names)
  names.set(name, (names.get(name) ?? 0) + 1)
}

export function freeSlot(key: object, name: string): void {
  const names = taken.get(key)
  const users = names?.get(name) ?? 0
  if (users > 1) names?.set(name, users - 1)
  else names?.delete(name)
}
