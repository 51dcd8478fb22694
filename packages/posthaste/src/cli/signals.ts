import type { Output } from './output.ts'

export interface Signals {
  /** Aborts at the first SIGTERM, SIGINT or SIGHUP (the terminal was closed), on Windows SIGBREAK too: finish what is under way. */
  readonly first: AbortSignal
  /** Aborts at the second: leave at once. */
  readonly second: AbortSignal
  /** Gives the signals back to Node. */
  release(): void
}

/** Windows has Ctrl+Break, and sends nothing for a process that is ended by another. */
export function stopSignals(platform: string = process.platform): NodeJS.Signals[] {
  return ['SIGTERM', 'SIGINT', 'SIGHUP', ...(platform === 'win32' ? (['SIGBREAK'] as const) : [])]
}

/** The first signal asks to stop, the second to leave at once. */
export function catchSignals(out: Output): Signals {
  const first = new AbortController()
  const second = new AbortController()
  const names = stopSignals()
  const heard = () => {
    if (!first.signal.aborted) out.note('finishing what is under way; a second signal leaves at once')
    ;(first.signal.aborted ? second : first).abort()
  }
  for (const name of names) process.on(name, heard)
  return {
    first: first.signal,
    second: second.signal,
    release: () => {
      for (const name of names) process.off(name, heard)
    },
  }
}
