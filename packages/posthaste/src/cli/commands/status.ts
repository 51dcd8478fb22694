import type { Command } from 'commander'
import { moment, span } from '../../moments.ts'
import type { Health } from '../../queue/health.ts'
import type { Stats } from '../../queue/records.ts'
import { defineCommand } from '../define-command.ts'
import { clean, type Output } from '../output.ts'
import { pairs, table } from '../table.ts'
import { usingQueue } from '../using-queue.ts'

export function status(program: Command): void {
  defineCommand(program, 'status', {
    does: 'Show depth, oldest due mail, rates, workers, transports that back off, and pauses',
    examples: ['posthaste status', 'posthaste status --json | jq .states.queued'],
  }).action(
    usingQueue(async ({ queue, out }) => {
      const [stats, health] = [await queue.stats(), await queue.health()]
      out.result({ ...stats, ...health }, () => statusText(out, stats, health))
    }),
  )
}

function statusText(out: Output, stats: Stats, health: Health): string {
  const lately: Partial<Record<string, string>> = {
    sent: `  (${stats.sentLastMinute} in the last minute, ${stats.sentLastHour} in the last hour)`,
    failed: `  (${stats.failedLastHour} in the last hour)`,
  }
  return [
    pairs(out, [
      ...Object.entries(stats.states).map(([state, n]) => [state, `${n}${lately[state] ?? ''}`] as const),
      ['unknown', stats.unknown > 0 ? `${stats.unknown} may have left twice` : undefined],
    ]),
    stats.streams.length > 0 ? streamsText(out, stats) : '',
    health.workers.length > 0 ? workersText(out, health) : out.colors.yellow('no worker runs'),
    ...remarks(out, health),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function streamsText(out: Output, { streams, at }: Stats): string {
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
        of: ({ oldestDueAt }) => (oldestDueAt === null ? '–' : span(at.getTime() - oldestDueAt.getTime())),
        right: true,
      },
    ],
    streams,
  )
}

function workersText(out: Output, { workers, at }: Health): string {
  return table(
    out,
    [
      { title: 'WORKER', of: ({ name }) => name, shrinks: true },
      {
        title: 'STATE',
        of: (worker) => (worker.alive ? (worker.stopping ? 'stopping' : 'alive') : 'dead'),
        color: ({ alive }, text) => (alive ? out.colors.green(text) : out.colors.red(text)),
      },
      { title: 'STREAMS', of: ({ streams }) => streams?.join(', ') ?? 'all', shrinks: true },
      { title: 'DELIVERED', of: ({ delivered }) => delivered, right: true },
      { title: 'SINCE', of: ({ startedAt }) => moment(startedAt) },
      {
        title: 'HEARTBEAT',
        of: ({ heartbeatAt }) => `${span(at.getTime() - heartbeatAt.getTime())} ago`,
        right: true,
      },
    ],
    workers,
  )
}

function remarks(out: Output, { backingOff, pauses, problems }: Health): string[] {
  const { yellow, red } = out.colors
  return [
    ...pauses.map(({ stream, reason, who, since }) =>
      yellow(
        `paused: ${stream === null ? 'every stream' : `the stream ${clean(stream)}`} since ${moment(since)}${who ? ` by ${clean(who)}` : ''}${reason ? `: ${clean(reason)}` : ''}`,
      ),
    ),
    ...backingOff
      .filter(({ state }) => state === 'backing-off')
      .map(({ name, until, reason }) =>
        yellow(
          `backing off: the transport ${clean(name)} until ${moment(until)}${reason ? `: ${clean(reason)}` : ''}`,
        ),
      ),
    ...problems.map((problem) => red(`problem: ${clean(problem)}`)),
  ]
}
