import { type Duration, milliseconds } from '../input/time.ts'
import type { PauseRow, Store, TransportRow, WorkerRow } from '../store/store.ts'
import type { QueueParts } from './operator.ts'

export interface HealthOptions {
  /** Mail that is due for longer than this is stuck. @default '5m' */
  maxAge?: Duration
}

export interface Health {
  readonly healthy: boolean
  /** What is wrong, in words; empty when all is well. */
  readonly problems: readonly string[]
  /** Milliseconds for which the oldest due mail has waited; 0 where none waits. Paused streams do not count. */
  readonly oldestDue: number
  readonly due: number
  readonly workers: readonly WorkerRow[]
  readonly resting: readonly TransportRow[]
  readonly pauses: readonly PauseRow[]
}

/** Judges by what a user would feel: mail that should have gone and did not, and nobody there to send it. */
export async function healthOf(
  store: Store,
  { settings, clock }: QueueParts,
  { maxAge = '5m' }: HealthOptions,
): Promise<Health> {
  const now = clock.now()
  const [stats, workers, resting, pauses] = await Promise.all([
    store.stats(now),
    store.workers(),
    store.restingTransports(),
    store.pauses(),
  ])
  const paused = (stream: string) => pauses.some((pause) => pause.stream === '' || pause.stream === stream)
  const flowing = stats.streams.filter(({ stream }) => !paused(stream))
  const alive = workers.filter(({ leaseUntil }) => leaseUntil > now)
  const due = flowing.reduce((sum, stream) => sum + stream.due, 0)
  const oldest = Math.min(...flowing.flatMap(({ oldestDue }) => (oldestDue === null ? [] : [oldestDue])), now)
  const served = (stream: string) => alive.some(({ streams }) => streams === null || streams.includes(stream))
  const known = settings().streams
  const problems = [
    ...(due > 0 && alive.length === 0
      ? [`${counted(due)} due and no worker is alive: start one with \`posthaste work\``]
      : []),
    ...(now - oldest > milliseconds(maxAge, 'maxAge')
      ? [`the oldest due mail has waited for ${Math.round((now - oldest) / 1_000)} s`]
      : []),
    ...flowing
      .filter(({ stream, due }) => due > 0 && !known.has(stream))
      .map(
        ({ stream, due }) =>
          `${counted(due)} in the stream '${stream}', which is not configured: no worker claims them`,
      ),
    ...flowing
      .filter(({ stream, due }) => due > 0 && alive.length > 0 && known.has(stream) && !served(stream))
      .map(({ stream, due }) => `${counted(due)} in the stream '${stream}', which no running worker serves`),
  ]
  return {
    healthy: problems.length === 0,
    problems,
    oldestDue: now - oldest,
    due,
    workers,
    resting: resting.filter(({ restUntil }) => (restUntil ?? 0) > now),
    pauses,
  }
}

function counted(mails: number): string {
  return mails === 1 ? '1 mail is' : `${mails} mails are`
}
