export interface WorkFlags {
  readonly concurrency?: number
  readonly stream?: readonly string[]
  readonly migrate?: true
  readonly http?: string
  readonly verbose?: true
  readonly once?: true
  readonly max?: number
  readonly maxDeferred?: number
  readonly maxMs?: number
}

/** What worker and pass share. */
export function howToWork({ concurrency, stream }: WorkFlags): { concurrency?: number; streams?: string[] } {
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(stream === undefined ? {} : { streams: [...stream] }),
  }
}
