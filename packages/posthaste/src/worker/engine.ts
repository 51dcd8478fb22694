import { milliseconds } from '../input/time.ts'
import { makeContext, type WorkerContext, type WorkerControls } from './context.ts'
import { applySharedBackoff, Heartbeat } from './heartbeat.ts'
import { PollBackoff } from './poll-backoff.ts'
import { turn } from './turn.ts'
import { type Watching, watchForMail } from './wakeup.ts'
import type { WorkerOptions, WorkerTools } from './worker-options.ts'

/** How long a worker that must end tries to settle what came of its mail. */
const lastSettling = 10_000

export interface Engine {
  readonly context: WorkerContext
  /** Turns until it may not claim any more and everything is settled, then leaves. */
  work(isRunning: () => boolean): Promise<void>
}

/** Registers a worker; it works when it is told to. */
export async function startEngine(
  tools: WorkerTools,
  options: WorkerOptions,
  controls: WorkerControls,
): Promise<Engine> {
  const context = await makeContext(tools, options, controls)
  await context.lease.register()
  await applySharedBackoff(context)
  return {
    context,
    work: async (isRunning) => {
      const heartbeat = new Heartbeat(context, tools, options)
      const watching = await watchForMail(tools, () => context.wakeup.call())
      heartbeat.start()
      await turnUntil(isRunning, context, pollBackoffOf(context, options, { heartbeat, watching }))
      await leave(context, heartbeat, watching)
    },
  }
}

function pollBackoffOf(
  context: WorkerContext,
  { pollInterval }: WorkerOptions,
  { heartbeat, watching }: { heartbeat: Heartbeat; watching: Watching },
): PollBackoff {
  const given = pollInterval === undefined ? undefined : milliseconds(pollInterval, 'pollInterval')
  return new PollBackoff(context, {
    get pollInterval() {
      return given ?? watching.pollInterval
    },
    get sleep() {
      return watching.notified ? (sleeping: boolean) => heartbeat.report({ sleeping }) : undefined
    },
  })
}

async function turnUntil(
  isRunning: () => boolean,
  context: WorkerContext,
  pollBackoff: PollBackoff,
): Promise<void> {
  const { reconciler, inFlight, wakeup, clock, events, random } = context
  const patience = patienceAfter(context)
  let failures = 0
  while (isRunning() || (inFlight.size > 0 && !patience.isOver())) {
    try {
      const turned = await turn(context, { claiming: isRunning() })
      failures = 0
      if (turned === 'busy') await pollBackoff.busy()
      else if (isRunning()) await pollBackoff.wait()
      else await wakeup.wait(clock, 1_000)
    } catch (error) {
      events.emit('error', error)
      reconciler.request()
      await clock.sleep(Math.min(5_000, 100 * 2 ** failures++) * (0.5 + random()))
    }
  }
}

/** Once everything has been called off, outcomes that the database does not take are left to the rescuer. */
function patienceAfter({ abort, clock }: WorkerContext): { isOver(): boolean } {
  let end = Number.POSITIVE_INFINITY
  const startTimer = () => {
    end = clock.monotonic() + lastSettling
  }
  if (abort.aborted) startTimer()
  else abort.addEventListener('abort', startTimer, { once: true })
  return { isOver: () => clock.monotonic() >= end }
}

async function leave(context: WorkerContext, heartbeat: Heartbeat, watching: Watching): Promise<void> {
  const emitError = (error: unknown) => context.events.emit('error', error)
  await context.reconciler.run().catch(emitError)
  await heartbeat.end()
  await watching.end().catch(emitError)
  await context.lease.end().catch(emitError)
  await closeTransports(context).catch(emitError)
}

/** A transport that hangs is not waited for. */
async function closeTransports({ transports, clock }: WorkerContext): Promise<void> {
  const enough = new AbortController()
  await Promise.race([transports.close(), clock.sleep(lastSettling, enough.signal)]).finally(() =>
    enough.abort(),
  )
}
