import { hostname } from 'node:os'
import type { Events } from '../events.ts'
import { milliseconds } from '../input/time.ts'
import { version } from '../version.ts'
import { Budget, type BudgetOptions } from './budget.ts'
import { Heartbeat } from './heartbeat.ts'
import { Idleness } from './idle.ts'
import { Lease } from './lease.ts'
import { type Line, turn } from './loop.ts'
import { LostClaims } from './lost-claims.ts'
import { served, slotsOf } from './transports.ts'
import { Outbound } from './underway.ts'
import type { Wakeup } from './wakeup.ts'
import { type Watching, watchForMail } from './watch.ts'
import type { WorkerOptions } from './worker-options.ts'
import type { WorkerTools } from './worker-tools.ts'

/** How long a worker that must end tries to settle what came of its mail. */
const lastSettling = 10_000

export interface Reins {
  readonly events: Events
  readonly wakeup: Wakeup
  readonly abort: AbortSignal
}

export interface Engine {
  readonly line: Line
  /** Turns until it may not claim any more and everything is settled, then leaves. */
  work(isRunning: () => boolean): Promise<void>
}

/** Registers a worker; it works when it is told to. */
export async function begin(
  tools: WorkerTools,
  options: WorkerOptions,
  reins: Reins & { budget?: BudgetOptions; ids?: readonly string[] | undefined },
): Promise<Engine> {
  const line = await makeLine(tools, options, reins)
  await line.lease.begin()
  return {
    line,
    work: async (isRunning) => {
      const heartbeat = new Heartbeat(line, tools, options)
      const watching = await watchForMail(tools, () => line.wakeup.call())
      heartbeat.begin()
      await turnUntil(isRunning, line, idlenessOf(line, options, { heartbeat, watching }))
      await leave(line, heartbeat, watching)
    },
  }
}

async function makeLine(
  { settings, clock, connection, random }: WorkerTools,
  options: WorkerOptions,
  reins: Reins & { budget?: BudgetOptions; ids?: readonly string[] | undefined },
): Promise<Line> {
  const { store } = await connection.ready()
  const { streams, concurrency = 10, name = `${hostname()}:${process.pid}` } = options
  const length = Math.max(1_000, milliseconds(options.lease ?? '15s', 'lease'))
  const lease = new Lease(store, clock, { name, version, streams: streams ?? null, concurrency, length })
  const outbound = new Outbound()
  return {
    ...reins,
    store,
    clock,
    random,
    lease,
    slots: slotsOf(settings, { clock, streams, concurrency }),
    streams: new Map(served(settings, streams).map((stream) => [stream.name, stream])),
    outbound,
    budget: new Budget(reins.budget ?? {}),
    lost: new LostClaims({ ...reins, store, clock, lease, outbound }),
  }
}

function idlenessOf(
  line: Line,
  { pollInterval }: WorkerOptions,
  { heartbeat, watching }: { heartbeat: Heartbeat; watching: Watching },
): Idleness {
  return new Idleness(line, {
    pollInterval:
      pollInterval === undefined ? watching.pollInterval : milliseconds(pollInterval, 'pollInterval'),
    sleep: watching.notified ? (sleeping) => heartbeat.say({ sleeping }) : undefined,
  })
}

async function turnUntil(isRunning: () => boolean, line: Line, idleness: Idleness): Promise<void> {
  const { lost } = line
  const patience = patienceAfter(line)
  let failures = 0
  while (isRunning() || (line.outbound.size > 0 && !patience.isOver())) {
    try {
      await lost.giveBack()
      const turned = await turn(line, { claiming: isRunning() })
      failures = 0
      if (turned === 'busy') await idleness.busy()
      else if (isRunning()) await idleness.rest()
      else await line.wakeup.wait(line.clock, 1_000)
    } catch (error) {
      line.events.tell('error', error)
      lost.suspect()
      await line.clock.sleep(Math.min(5_000, 100 * 2 ** failures++) * (0.5 + line.random()))
    }
  }
}

/** Once everything has been called off, outcomes that the database does not take are left to the rescuer. */
function patienceAfter({ abort, clock }: Line): { isOver(): boolean } {
  let end = Number.POSITIVE_INFINITY
  const begin = () => {
    end = clock.monotonic() + lastSettling
  }
  if (abort.aborted) begin()
  else abort.addEventListener('abort', begin, { once: true })
  return { isOver: () => clock.monotonic() >= end }
}

async function leave(line: Line, heartbeat: Heartbeat, watching: Watching): Promise<void> {
  const told = (error: unknown) => line.events.tell('error', error)
  await heartbeat.end()
  await watching.end().catch(told)
  await line.lease.end().catch(told)
  await closed(line).catch(told)
}

/** A transport that hangs is not waited for. */
async function closed({ slots, clock }: Line): Promise<void> {
  const enough = new AbortController()
  const closing = Promise.all(slots.map(({ transport }) => transport.close()))
  await Promise.race([closing, clock.sleep(lastSettling, enough.signal)]).finally(() => enough.abort())
}
