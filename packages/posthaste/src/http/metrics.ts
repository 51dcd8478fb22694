import type { Health } from '../queue/health.ts'
import type { Worker } from '../queue/mail-queue.ts'
import type { Stats } from '../queue/records.ts'
import { version } from '../version.ts'

const none = { sent: 0, deferred: 0, failed: 0, suppressed: 0, unknown: 0, stale: 0 }

export type EventCounts = Record<keyof typeof none, number>

/** Counts what a worker tells, from now on. */
export function countEvents(worker: Worker): EventCounts {
  const counts = { ...none }
  for (const name of Object.keys(none) as (keyof EventCounts)[]) worker.on(name, () => void counts[name]++)
  return counts
}

export interface Measured {
  /** Absent where the database does not answer. */
  readonly stats?: Stats
  readonly health?: Health
  readonly counts: EventCounts
}

interface Metric {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly samples: readonly (readonly [labels: Record<string, string>, value: number])[]
}

/** The Prometheus text format, version 0.0.4. */
export function metricsText(measured: Measured): string {
  const { stats, health } = measured
  const metrics = [
    ...ownMetrics(measured),
    ...(stats ? queueMetrics(stats) : []),
    ...(health ? fleetMetrics(health) : []),
  ]
  return `${metrics.flatMap(linesOf).join('\n')}\n`
}

function ownMetrics({ counts, stats }: Measured): Metric[] {
  return [
    gauge('posthaste_info', 'The version of this worker.', [[{ version }, 1]]),
    gauge('posthaste_database_up', 'Whether the database answered.', [[{}, stats ? 1 : 0]]),
    {
      name: 'posthaste_worker_events_total',
      type: 'counter',
      help: 'What this worker settled, by outcome.',
      samples: Object.entries(counts).map(([outcome, n]) => [{ outcome }, n]),
    },
  ]
}

function queueMetrics({ at, states, streams, unknown }: Stats): Metric[] {
  const depths = ['due', 'scheduled', 'retrying', 'sending'] as const
  return [
    gauge(
      'posthaste_queue_depth',
      'Mails that are not finished, by stream and state.',
      streams.flatMap((stream) =>
        depths.map((state) => [{ stream: stream.stream, state }, stream[state]] as const),
      ),
    ),
    gauge(
      'posthaste_oldest_due_seconds',
      'How long the oldest due mail of a stream has waited.',
      streams.map(({ stream, oldestDueAt }) => [
        { stream },
        oldestDueAt === null ? 0 : (at.getTime() - oldestDueAt.getTime()) / 1_000,
      ]),
    ),
    gauge(
      'posthaste_mails',
      'Mails that are stored, by state.',
      Object.entries(states).map(([state, n]) => [{ state }, n]),
    ),
    gauge('posthaste_unknown_mails', 'Stored mails that may have left twice.', [[{}, unknown]]),
  ]
}

function fleetMetrics({ workers, backingOff, brakes, pauses, healthy }: Health): Metric[] {
  return [
    gauge('posthaste_healthy', 'Whether mail flows.', [[{}, healthy ? 1 : 0]]),
    gauge('posthaste_workers_alive', 'Workers whose lease runs.', [
      [{}, workers.filter(({ alive }) => alive).length],
    ]),
    gauge(
      'posthaste_transport_backing_off',
      'Transports that back off.',
      backingOff.map(({ name }) => [{ transport: name }, 1]),
    ),
    gauge(
      'posthaste_transport_braked',
      'Transports that refuse all mail alike, or all of a stream, sender or tenant.',
      [...Map.groupBy(brakes, ({ transport }) => transport)].map(([transport, { length }]) => [
        { transport },
        length,
      ]),
    ),
    gauge(
      'posthaste_paused',
      'Pauses; the empty stream is all of them.',
      pauses.map(({ stream }) => [{ stream: stream ?? '' }, 1]),
    ),
  ]
}

function gauge(name: string, help: string, samples: Metric['samples']): Metric {
  return { name, type: 'gauge', help, samples }
}

function linesOf({ name, type, help, samples }: Metric): string[] {
  return [
    `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labelsOf(labels)} ${value}`),
  ]
}

function labelsOf(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
