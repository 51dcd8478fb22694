import { Events } from '../events.ts'
import type { BudgetOptions, PassCounts } from './budget.ts'
import { begin } from './engine.ts'
import { turn } from './loop.ts'
import { Wakeup } from './wakeup.ts'
import type { WorkerTools } from './worker-tools.ts'

export interface PassOptions extends BudgetOptions {
  readonly ids?: readonly string[] | undefined
  readonly streams?: readonly string[] | undefined
  readonly maxMs?: number | undefined
  readonly concurrency?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Delivers what is due now, once, and tells how it went; for cron and for functions that live for a request. */
export async function deliverOnce(tools: WorkerTools, options: PassOptions): Promise<PassCounts> {
  const { streams, concurrency, max, maxDeferred, maxMs, ids, signal } = options
  const wakeup = new Wakeup()
  const engine = await begin(
    tools,
    { ...(streams ? { streams } : {}), ...(concurrency ? { concurrency } : {}), housekeeping: false },
    {
      events: new Events(tools.settings.logger),
      wakeup,
      abort: new AbortController().signal,
      budget: { max, maxDeferred },
      ids,
    },
  )
  const { line } = engine
  const end = maxMs === undefined ? Number.POSITIVE_INFINITY : line.clock.monotonic() + maxMs
  let claiming = true
  const mayGoOn = () => claiming && !signal?.aborted && line.budget.left > 0 && line.clock.monotonic() < end
  const beats = beating(engine.line)
  try {
    while (mayGoOn() || line.outbound.size > 0) {
      const turned = await turn(line, { claiming: mayGoOn() })
      // What is deferred in this pass has a due time ahead, so an empty claim with free slots is the end of it.
      if (turned === 'idle' && line.outbound.size === 0) claiming = false
      if (turned === 'idle' && line.outbound.size > 0) await wakeup.wait(line.clock, 1_000)
    }
    return line.budget.counts
  } finally {
    beats.end()
    await line.lease.end()
    await Promise.all(line.slots.map(({ transport }) => transport.close()))
  }
}

function beating({ lease, clock, events }: Parameters<typeof turn>[0]): { end: () => void } {
  const over = new AbortController()
  const beat = async () => {
    await clock.sleep(lease.interval, over.signal)
    while (!over.signal.aborted) {
      await lease.beat().catch((error: unknown) => events.tell('error', error))
      await clock.sleep(lease.interval, over.signal)
    }
  }
  void beat()
  return { end: () => over.abort() }
}
