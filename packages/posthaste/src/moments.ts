/** An instant as a person reads it, in UTC. */
export function moment(at: Date | number | null): string {
  if (at === null) return '–'
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}

/** A length of time in its two largest units. */
export function span(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const
  const first = units.findIndex(([, size]) => ms >= size)
  if (first < 0) return `${Math.max(0, Math.round(ms))}ms`
  let left = ms
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const n = Math.floor(left / size)
    left -= n * size
    return n > 0 ? `${n}${unit}` : ''
  })
  return parts.filter(Boolean).join(' ')
}
