import { type Duration, milliseconds } from '../input/time.ts'
import { moment } from '../moments.ts'
import type { Store, StreamStats } from '../store/store.ts'
import { type Brake, brakeProblem, brakesOf } from './brakes.ts'
import type { QueueParts } from './queue-parts.ts'
import {
  type Pause,
  pauseOf,
  type TransportState,
  transportOf,
  type WorkerInfo,
  workerOf,
} from './records.ts'

export interface HealthOptions {
  /** Mail that is due for longer than this is stuck. @default '5m' */
  stuckAfter?: Duration
}

export interface Health {
  /** When this was read, by the database's clock. */
  readonly at: Date
  readonly healthy: boolean
  /** What is wrong, in words; empty when all is well. */
  readonly problems: readonly string[]
  /** Milliseconds for which the oldest due mail has waited; 0 where none waits. Paused streams do not count. */
  readonly oldestDueMs: number
  /** Mails that are due, without those of paused streams. */
  readonly due: number
  readonly workers: readonly WorkerInfo[]
  /** Transports that back off. */
  readonly backingOff: readonly TransportState[]
  /** What was refused alike, all of it: its mail waits, and none fails. */
  readonly brakes: readonly Brake[]
  readonly pauses: readonly Pause[]
}

const day = 86_400_000

/** Judges by what a user would feel: mail that should have gone and did not, and no worker that would send it. */
export async function healthOf(
  store: Store,
  { settings, clock }: QueueParts,
  { stuckAfter = '5m' }: HealthOptions,
): Promise<Health> {
  const now = clock.now()
  const [stats, workerRows, transports, pauses, refusals, unwritable, future] = await Promise.all([
    store.stats(now),
    store.workers(),
    store.transportBackoffs(now),
    store.pauses(),
    store.refusals.read(now),
    store.whyUnwritable(),
    store.count({ since: new Date(now + day), state: ['queued', 'held'] }, 1_000),
  ])
  const paused = (stream: string) => pauses.some((pause) => pause.stream === '' || pause.stream === stream)
  const flowing = stats.streams.filter(({ stream }) => !paused(stream))
  const workers = workerRows.map((row) => workerOf(row, now))
  const alive = workers.filter((worker) => worker.alive)
  const due = flowing.reduce((sum, stream) => sum + stream.due, 0)
  const oldest = Math.min(...flowing.flatMap(({ oldestDue }) => (oldestDue === null ? [] : [oldestDue])), now)
  const brakes = brakesOf(refusals)
  const problems = [
    ...(unwritable === undefined ? [] : [unwritableProblem(unwritable)]),
    ...(future > 0 ? [fromTheFuture(future, now)] : []),
    ...brakes.map(brakeProblem),
    ...withOwnFault(workers).map(ownFaultProblem),
    ...(due > 0 && alive.length === 0
      ? [`${counted(due)} due and no worker is alive: start one with \`posthaste work\``]
      : lost(workers)),
    ...stuck(now - oldest, stuckAfter),
    ...unserved(flowing, alive, [...settings().streams.keys()]),
  ]
  return {
    at: new Date(now),
    healthy: problems.length === 0,
    problems,
    oldestDueMs: now - oldest,
    due,
    workers,
    backingOff: transports
      .map((row) => transportOf(row, { now, brakes }))
      .filter(({ until }) => until !== null),
    brakes,
    pauses: pauses.map(pauseOf),
  }
}

export function unwritableProblem(why: string): string {
  return `the database takes no writes, so that nothing is enqueued or sent: ${why}`
}

/** Those that live, and whose own machine keeps them from sending. */
export function withOwnFault(workers: readonly WorkerInfo[]): WorkerInfo[] {
  return workers.filter(({ alive, ownFault }) => alive && ownFault !== null)
}

export function ownFaultProblem({ name, ownFault }: WorkerInfo): string {
  return `the worker ${name} cannot send, and other workers can: ${ownFault}`
}

function stuck(oldestDueMs: number, stuckAfter: Duration): string[] {
  if (oldestDueMs <= milliseconds(stuckAfter, 'stuckAfter')) return []
  return [`the oldest due mail has waited for ${Math.round(oldestDueMs / 1_000)} s`]
}

/** Mail says when it is due by the clock of its time: of one that was far ahead, nothing else tells. */
function fromTheFuture(mails: number, now: number): string {
  const since = new Date(now + day).toISOString()
  return `${counted(mails)} stored by a clock that was ahead, and wait for that time: \`posthaste retry --state queued --since ${since}\` makes them due now`
}

/** A worker that stops leaves no row: all of them have died, or cannot write. */
function lost(workers: readonly WorkerInfo[]): string[] {
  if (workers.length === 0 || workers.some(({ alive }) => alive)) return []
  const last = Math.max(...workers.map(({ heartbeatAt }) => heartbeatAt.getTime()))
  return [
    `no worker is alive: the last sign of one came at ${moment(last)}; it died, or cannot write to the database`,
  ]
}

/** Due mail of streams that no worker looks at. */
function unserved(
  flowing: readonly StreamStats[],
  alive: readonly WorkerInfo[],
  known: readonly string[],
): string[] {
  const served = (name: string) => alive.some(({ streams }) => streams === null || streams.includes(name))
  return flowing.flatMap(({ stream, due }) => {
    if (due === 0) return []
    if (!known.includes(stream))
      return [`${counted(due)} in the stream '${stream}', which is not configured: no worker claims them`]
    if (alive.length === 0 || served(stream)) return []
    return [`${counted(due)} in the stream '${stream}', which no running worker serves`]
  })
}

function counted(mails: number): string {
  return mails === 1 ? '1 mail is' : `${mails} mails are`
}
