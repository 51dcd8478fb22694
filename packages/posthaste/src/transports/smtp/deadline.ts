import { longestTimer } from '../../input/time.ts'

/** The least that a server must take of a large mail. Bytes a millisecond. */
const slowest = 10
/** With less than a second's worth of bytes since it was last looked at, nothing goes any more. Milliseconds. */
const leastProgress = 1_000

interface Bound {
  /** Milliseconds. */
  readonly ms: number
  /** What took so long. */
  readonly what: string
  /** Bytes that have left. @default none count */
  readonly written?: () => number
}

/** Bounds work of which every byte renews the socket's own timeout. The bytes that leave prolong it, so that a large mail has its time. */
export class Deadline {
  readonly #late: (error: Error) => void
  #timer: NodeJS.Timeout | undefined

  constructor(late: (error: Error) => void) {
    this.#late = late
  }

  /** From now on; what was begun before is forgotten. */
  begin(bound: Bound): void {
    this.#wait(bound.ms, bound)
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #wait(ms: number, bound: Bound): void {
    clearTimeout(this.#timer)
    const seen = bound.written?.() ?? 0
    this.#timer = setTimeout(
      () => {
        const more = ((bound.written?.() ?? 0) - seen) / slowest
        if (more < leastProgress) this.#late(tooLate(bound))
        else this.#wait(more, bound)
      },
      Math.min(ms, longestTimer),
    )
  }
}

function tooLate({ ms, what }: Bound): Error {
  return Object.assign(new Error(`${what} took longer than ${ms} ms`), { code: 'ESLOW' })
}
