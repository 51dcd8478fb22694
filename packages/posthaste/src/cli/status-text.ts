import type { Health } from '../queue/health.ts'
import type { Stats, StreamStats, WorkerRow } from '../store/store.ts'
import { clean } from './clean.ts'
import { moment, span } from './moments.ts'
import type { Output } from './output.ts'
import { pairs, table } from './table.ts'

export interface Status {
  readonly stats: Stats
  readonly health: Health
  readonly now: number
}

export function statusText(out: Output, { stats, health, now }: Status): string {
  const { states } = stats
  return [
    pairs(out, [
      ['queued', String(states.queued)],
      ['sending', String(states.sending)],
      ['held', String(states.held)],
      [
        'sent',
        `${states.sent}  (${stats.sentLastMinute} in the last minute, ${stats.sentLastHour} in the last hour)`,
      ],
      ['failed', `${states.failed}  (${stats.failedLastHour} in the last hour)`],
      ['suppressed', String(states.suppressed)],
      ['cancelled', String(states.cancelled)],
      ['unknown', stats.unknown > 0 ? `${stats.unknown} may have left twice` : undefined],
    ]),
    stats.streams.length > 0 ? streamsText(out, stats.streams, now) : '',
    health.workers.length > 0 ? workersText(out, health.workers, now) : out.colors.yellow('no worker runs'),
    ...remarks(out, health),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function streamsText(out: Output, streams: readonly StreamStats[], now: number): string {
  return table(
    out,
    [
      { title: 'STREAM', of: ({ stream }) => stream, shrinks: true },
      { title: 'DUE', of: ({ due }) => due, right: true },
      { title: 'SCHEDULED', of: ({ scheduled }) => scheduled, right: true },
      { title: 'RETRYING', of: ({ retrying }) => retrying, right: true },
      { title: 'SENDING', of: ({ sending }) => sending, right: true },
      {
        title: 'OLDEST DUE',
        of: ({ oldestDue }) => (oldestDue === null ? '–' : span(now - oldestDue)),
        right: true,
      },
    ],
    streams,
  )
}

function workersText(out: Output, workers: readonly WorkerRow[], now: number): string {
  const alive = ({ leaseUntil }: WorkerRow) => leaseUntil > now
  return table(
    out,
    [
      { title: 'WORKER', of: ({ name }) => name, shrinks: true },
      {
        title: 'STATE',
        of: (worker) => (alive(worker) ? (worker.stopping ? 'stopping' : 'alive') : 'dead'),
        color: (worker, text) => (alive(worker) ? out.colors.green(text) : out.colors.red(text)),
      },
      { title: 'STREAMS', of: ({ streams }) => streams?.join(', ') ?? 'all', shrinks: true },
      { title: 'DELIVERED', of: ({ delivered }) => delivered, right: true },
      { title: 'SINCE', of: ({ startedAt }) => moment(startedAt) },
      { title: 'HEARTBEAT', of: ({ heartbeatAt }) => `${span(now - heartbeatAt)} ago`, right: true },
    ],
    workers,
  )
}

function remarks(out: Output, { resting, pauses, problems }: Health): string[] {
  const { yellow, red } = out.colors
  return [
    ...pauses.map(({ stream, reason, who, since }) =>
      yellow(
        `paused: ${stream === '' ? 'every stream' : `the stream ${clean(stream)}`} since ${moment(since)}${who ? ` by ${clean(who)}` : ''}${reason ? `: ${clean(reason)}` : ''}`,
      ),
    ),
    ...resting.map(({ name, restUntil, reason }) =>
      yellow(
        `resting: the transport ${clean(name)} until ${moment(restUntil)}${reason ? `: ${clean(reason)}` : ''}`,
      ),
    ),
    ...problems.map((problem) => red(`problem: ${clean(problem)}`)),
  ]
}
