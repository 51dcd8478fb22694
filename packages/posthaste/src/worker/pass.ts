import { PosthasteError } from '../errors.ts'
import { Events } from '../events.ts'
import { isId } from '../ids.ts'
import { adoptRests } from './adopt-rests.ts'
import type { BudgetOptions, PassCounts } from './budget.ts'
import { begin } from './engine.ts'
import { type Line, turn } from './loop.ts'
import { Wakeup } from './wakeup.ts'
import type { WorkerTools } from './worker-tools.ts'

export interface PassOptions extends BudgetOptions {
  readonly ids?: readonly string[] | undefined
  readonly streams?: readonly string[] | undefined
  readonly maxMs?: number | undefined
  readonly concurrency?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A limit that has room again within this time is waited for; for one a day nobody keeps a cron job open. */
const patience = 60_000

/** Delivers what is due now, once, and tells how it went; for cron and for functions that live for a request. */
export async function deliverOnce(tools: WorkerTools, options: PassOptions): Promise<PassCounts> {
  checkIds(options)
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
    await adoptRests(line)
    if (ids === undefined) await takeOver(line)
    while (mayGoOn() || line.outbound.size > 0) {
      const turned = await turn(line, { claiming: mayGoOn() })
      // What is deferred in this pass has a due time ahead, so an empty claim with free slots is the end of it.
      if (turned === 'idle' && line.outbound.size === 0)
        claiming = mayGoOn() && (await waitForLimit(line, end, signal))
      if (turned === 'idle' && line.outbound.size > 0) await wakeup.wait(line.clock, 1_000)
    }
    return line.budget.counts
  } finally {
    beats.end()
    await line.lease.end()
    await Promise.all(line.slots.map(({ transport }) => transport.close()))
  }
}

/** Where there are only passes, nobody else takes over from one that died. Who may only be late with a heartbeat is left alone. */
async function takeOver({ store, clock, lease, events }: Line): Promise<void> {
  const found = await store.rescue(clock.now() - lease.interval, 3)
  if (found.workers > 0) events.tell('rescued', found)
}

/** An undefined value must not mean every mail. @throws {PH_OPTION_INVALID} */
function checkIds(options: PassOptions): void {
  if (!('ids' in options)) return
  if (!Array.isArray(options.ids) || !options.ids.every(isId))
    throw new PosthasteError('PH_OPTION_INVALID', 'ids is not a list of ids')
}

/** Waits where nothing but a limit keeps due mail back; tells whether to look again. */
async function waitForLimit(line: Line, end: number, signal: AbortSignal | undefined): Promise<boolean> {
  const now = line.clock.now()
  const limited = line.slots.filter((one) => now >= one.restUntil && !one.hasRoom(now))
  const wait = Math.min(...limited.flatMap((one) => one.waitFor(now) ?? []))
  if (wait > patience || line.clock.monotonic() + wait >= end) return false
  const due = await line.store.nextDue(limited.flatMap(({ streams }) => streams))
  if (due === undefined || due > now) return false
  await line.clock.sleep(wait, signal)
  return true
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
