/** A time in which mail was kept back: a pause, or a brake. All times in milliseconds. */
export interface Stoppage {
  readonly since: number
  readonly endedAt: number | null
  /** How long it was on before `since`. */
  readonly earlierMs: number
}

/** For how long of a mail's life the longest of these was on. Pure. */
export function stoppedFor(
  stoppages: readonly Stoppage[],
  { sendAt, now }: { sendAt: number; now: number },
): number {
  const times = stoppages.map(({ since, endedAt, earlierMs }) => {
    const earlier = Math.min(earlierMs, Math.max(0, since - sendAt))
    return earlier + Math.max(0, (endedAt ?? now) - Math.max(since, sendAt))
  })
  return Math.max(0, ...times)
}
