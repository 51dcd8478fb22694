interface OwnFault {
  readonly reason: string
  /** When the transport is tried again. */
  readonly until: number
}

/** How long after its back-off a fault is told, where nothing was tried since. Milliseconds. */
const toldFor = 300_000

/** What this worker's own machine lacks, by transport. Its back-off is this worker's alone, so the heartbeat tells of it. */
export class OwnFaults {
  readonly #noted = new Map<string, OwnFault>()

  note(transport: string, fault: OwnFault): void {
    this.#noted.set(transport, fault)
  }

  /** A conversation came through. */
  clear(transport: string): void {
    this.#noted.delete(transport)
  }

  /** Null where there is none. */
  textAt(now: number): string | null {
    const texts = [...this.#noted]
      .filter(([, { until }]) => now < until + toldFor)
      .map(([transport, { reason }]) => `transport '${transport}': ${reason}`)
    return texts.length > 0 ? texts.join('; ') : null
  }
}
