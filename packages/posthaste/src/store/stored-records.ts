export interface Page<T> {
  readonly items: readonly T[]
  /** Give it as `after` to read on; undefined at the end. */
  readonly next: string | undefined
}

/** One line of history. */
export interface AttemptRecord {
  readonly mailId: string
  readonly token: number
  readonly attempt: number
  readonly startedAt: number
  readonly ms: number
  readonly worker: string
  readonly transport: string
  readonly outcome: string
  readonly code: number | null
  readonly enhanced: string | null
  readonly reply: string | null
  readonly errorCode: string | null
  /** An acceptance may have been lost in it. */
  readonly doubt: boolean
  readonly remote: string | null
  readonly tls: string | null
  readonly serverMessageId: string | null
  readonly recipients: readonly {
    address: string
    verdict: string
    code?: number
    enhanced?: string
    text?: string
  }[]
}

export interface WorkerRow {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly startedAt: number
  readonly heartbeatAt: number
  readonly leaseUntil: number
  readonly sleeping: boolean
  readonly stopping: boolean
  readonly streams: readonly string[] | null
  readonly concurrency: number
  readonly delivered: number
  /** What its own machine lacks. */
  readonly ownFault: string | null
}

export interface TransportRow {
  readonly name: string
  readonly backoffUntil: number | null
  readonly reason: string | null
  readonly since: number | null
  readonly faults: number
}

export interface PauseRow {
  /** '' is every stream. */
  readonly stream: string
  readonly reason: string | null
  readonly who: string | null
  readonly since: number
}
