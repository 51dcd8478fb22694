import { PosthasteError } from '../errors.ts'
import { Events } from '../events.ts'
import { isId } from '../ids.ts'
import type { PassCounts } from './budget.ts'
import type { WorkerContext } from './context.ts'
import { startEngine } from './engine.ts'
import { turn } from './turn.ts'
import { Wakeup } from './wakeup.ts'
import type { DeliverOptions, WorkerTools } from './worker-options.ts'

type PassOptions = Omit<DeliverOptions, 'capture'>

/** A limit that has room again within this time is waited for; a cron job does not stay open for one a day. */
const patience = 60_000
/** Returned mail that is due already may still have to wait for the next look. */
const returnGrace = 2_000
const shortest = 10

/** Delivers what is due now, once, and tells how it went; for cron and for functions that live for a request. */
export async function deliverOnce(tools: WorkerTools, options: PassOptions): Promise<PassCounts> {
  checkIds(options)
  const closing = new AbortController()
  const pass = run(tools, options, closing.signal)
  const forget = tools.connection.beforeClose(async () => {
    closing.abort('closed')
    await pass.catch(() => {})
  })
  return pass.finally(forget)
}

async function run(tools: WorkerTools, options: PassOptions, closing: AbortSignal): Promise<PassCounts> {
  const { streams, concurrency, max, maxDeferred, maxMs, ids, signal } = options
  const { context } = await startEngine(
    tools,
    { ...(streams ? { streams } : {}), ...(concurrency ? { concurrency } : {}), housekeeping: false },
    {
      events: new Events(tools.settings.logger),
      wakeup: new Wakeup(),
      abort: new AbortController().signal,
      budget: { max, maxDeferred },
      ids,
    },
  )
  const end = maxMs === undefined ? Number.POSITIVE_INFINITY : context.clock.monotonic() + maxMs
  const heartbeat = beating(context)
  try {
    if (ids === undefined) await takeOver(context)
    await turnWhileDue(context, { end, signal: AbortSignal.any(signal ? [signal, closing] : [closing]) })
    await context.reconciler.run()
    return context.budget.counts
  } finally {
    heartbeat.end()
    await context.lease.end()
    await context.transports.close()
  }
}

interface End {
  /** On the monotonic clock. */
  readonly end: number
  readonly signal: AbortSignal
}

async function turnWhileDue(context: WorkerContext, until: End): Promise<void> {
  const { budget, clock, inFlight, wakeup } = context
  let claiming = true
  const mayGoOn = () => claiming && !until.signal.aborted && budget.left > 0 && clock.monotonic() < until.end
  while (mayGoOn() || inFlight.awaited > 0) {
    const turned = await turn(context, { claiming: mayGoOn() })
    if (turned === 'busy') continue
    // What is deferred in this pass has a due time ahead, so an empty claim with free slots is the end of it.
    if (inFlight.awaited > 0) await wakeup.wait(clock, 1_000)
    else claiming = mayGoOn() && (await waitForRoom(context, until))
  }
}

/** Where there are only passes, nothing else takes over from one that died. One that may only be late with a heartbeat is left alone. */
async function takeOver({ store, clock, lease, events }: WorkerContext): Promise<void> {
  const found = await store.rescue(clock.now() - lease.interval, 3)
  if (found.workers > 0) events.emit('rescued', found)
}

/** An undefined value must not mean every mail. @throws {PH_OPTION_INVALID} */
function checkIds(options: PassOptions): void {
  if (!('ids' in options)) return
  if (!Array.isArray(options.ids) || !options.ids.every(isId))
    throw new PosthasteError('PH_OPTION_INVALID', 'ids is not a list of ids')
}

/** Waits where nothing but a limit, or a slot that was not free, keeps mail back; tells whether to look again. */
async function waitForRoom(context: WorkerContext, { end, signal }: End): Promise<boolean> {
  const { clock } = context
  const wait = Math.min(await untilLimit(context), await untilReturned(context))
  if (wait > patience || clock.monotonic() + wait >= end) return false
  await clock.sleep(wait, signal)
  return true
}

/** Milliseconds until a limit lets due mail go; Infinity where none keeps any back. */
async function untilLimit({ clock, intakes, store, transports }: WorkerContext): Promise<number> {
  const now = clock.now()
  const limited = intakes.filter(
    (one) => one.waitFor(now) !== undefined && one.openStreams(now).length < one.streams.length,
  )
  const flowing = limited.filter(
    ({ outlet }) => !transports.all.some((slots) => slots === outlet && slots.backoff.isActive(now)),
  )
  if (flowing.length === 0) return Number.POSITIVE_INFINITY
  const due = await store.nextDue(flowing.flatMap(({ streams }) => [...streams]))
  if (due === undefined || due > now) return Number.POSITIVE_INFINITY
  return Math.min(...flowing.map((one) => one.waitFor(now) ?? Number.POSITIVE_INFINITY))
}

/** Milliseconds until mail comes back that was returned for want of a slot; Infinity where none was. */
async function untilReturned({ clock, intakes, store, transports }: WorkerContext): Promise<number> {
  const now = clock.now()
  const until = Math.max(0, ...transports.all.map(({ expectsUntil }) => expectsUntil))
  if (until + returnGrace < now) return Number.POSITIVE_INFINITY
  const due = await store.nextDue(intakes.flatMap(({ streams }) => [...streams]))
  return due === undefined || due > until ? Number.POSITIVE_INFINITY : Math.max(shortest, due - now)
}

function beating({ lease, clock, events }: WorkerContext): { end: () => void } {
  const over = new AbortController()
  const beat = async () => {
    await clock.sleep(lease.interval, over.signal)
    while (!over.signal.aborted) {
      await lease.beat().catch((error: unknown) => events.emit('error', error))
      await clock.sleep(lease.interval, over.signal)
    }
  }
  void beat()
  return { end: () => over.abort() }
}
