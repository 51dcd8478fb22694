import { UsageError } from '../report.ts'
import { catchSignals } from '../signals.ts'
import type { Call } from '../using-queue.ts'

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

/** One pass over what is due; a signal ends it after what is under way. */
export async function runOnce({ queue, out, options }: Call<WorkFlags>): Promise<void> {
  const signals = catchSignals(out)
  signals.second.addEventListener('abort', () => process.exit(1))
  try {
    const counts = await queue.deliverDue({
      ...howToWork(options),
      ...(options.max === undefined ? {} : { max: options.max }),
      ...(options.maxDeferred === undefined ? {} : { maxDeferred: options.maxDeferred }),
      ...(options.maxMs === undefined ? {} : { maxMs: options.maxMs }),
      signal: signals.first,
    })
    out.result(
      counts,
      Object.entries(counts)
        .map(([name, n]) => `${name} ${n}`)
        .join(', '),
    )
  } finally {
    signals.release()
  }
}

/** @throws {UsageError} an option that means something only with --once */
export function refuseWithoutOnce({ max, maxDeferred, maxMs }: WorkFlags): void {
  const given = { '--max': max, '--max-deferred': maxDeferred, '--max-ms': maxMs }
  const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? []
  if (name) throw new UsageError(`${name} needs --once`)
}
